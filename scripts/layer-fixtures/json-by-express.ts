// path: services/control/src/http/bad.ts
// refused by: layers
import express from 'express'
export const read = express.json()
