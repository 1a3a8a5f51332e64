// Settings the file format knows and this version cannot keep. They stop the start: a setting that is accepted and does nothing is a false promise.

export const NOT_BUILT = {
  workloadApi: 'bundle: <file>; the SPIFFE Workload API client is not built yet',
  policyAddress: 'unix:/path or a loopback address: TLS to the policy engine is not built yet',
} as const
