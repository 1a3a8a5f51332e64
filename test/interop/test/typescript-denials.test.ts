// The official TypeScript clients at every row of the denial table they can reach, through the real product.
import { describe } from 'vitest'
import { meetDenials } from '../src/mcp-clients/meet-denials.ts'
import { typescript1, typescript2 } from '../src/mcp-clients/typescript.ts'

describe('the TypeScript 1.x client', () => meetDenials(() => typescript1, 'typescript1', 'legacy'))
describe('the TypeScript 2.x client with a session', () => meetDenials(() => typescript2, 'typescript2', 'legacy'))
describe('the TypeScript 2.x client in 2026-07-28', () => meetDenials(() => typescript2, 'typescript2', 'auto'))
