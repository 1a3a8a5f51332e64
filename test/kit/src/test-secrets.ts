// The secrets the kit hands out, in one place: the run of all tests is searched for them. Imports nothing.

/** What every gateway's secret ends in. */
export const TEST_GATEWAY_SECRET_END = '-Zk3v9QmT7xLw2RbN8sYpC5uHdJ4f'

/** What the gateway of this name shows. */
export function testGatewaySecret(gateway: string): string {
  return `${gateway}${TEST_GATEWAY_SECRET_END}`
}

export const TEST_GATEWAY_SECRET = testGatewaySecret('edge')

/** What Bailiwick's own client shows the directory's token endpoint. */
export const TEST_DIRECTORY_SECRET = 'directory-secret-for-tests'
