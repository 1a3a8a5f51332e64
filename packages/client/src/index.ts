// The TypeScript SDK: boots an agent, keeps its tokens fresh, reads denials, starts and ends tasks. Decides nothing: every rule is Bailiwick's.
export { bootAgent } from './boot-agent.ts'
export type { Agent, AgentResource, BootOptions, ChildRequest, ScopeOption, TaskGrant } from './boot-agent.ts'
export { certificateFiles } from './certificate-source.ts'
export type { CertificatePair, CertificateSource } from './certificate-source.ts'
export { privateKeyJwt, spiffeJwt, tlsClient } from './client-credential.ts'
export type {
  AssertingCredential,
  ClientAssertion,
  ClientCredential,
  ClientName,
  NamedCredential,
  ClientProof,
  PrivateKeyJwtOptions,
  SpiffeJwtOptions,
} from './client-credential.ts'
export type { ConnectionOptions } from './connection.ts'
export { dpopKey } from './dpop-key.ts'
export type { DpopKey, DpopKeyOptions, ProvenRequest } from './dpop-key.ts'
export type { BailiwickDenial, BailiwickReason } from './denial.ts'
export { DECISION_META, denialOf } from './denial-of.ts'
export type { Fetch } from './endpoint.ts'
export { BailiwickDenied, BailiwickError, BailiwickMisconfigured, BailiwickProtocolError, BailiwickUnavailable, isBailiwickError } from './errors.ts'
export type { AnyBailiwickError, BailiwickErrorKind } from './errors.ts'
export { createLauncher } from './launcher.ts'
export type { Launcher, LaunchRequest, SubjectTokenType } from './launcher.ts'
export type { AgentInfo, CompletedTask, CreatedTask } from './task-calls.ts'
export type { TaskView } from './task-view.ts'
