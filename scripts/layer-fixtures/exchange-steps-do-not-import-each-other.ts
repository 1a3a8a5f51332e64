// path: services/token-exchange/src/exchange/sign.ts
// refused by: layers
import { constrain } from './constrain.ts'
export const x = constrain
