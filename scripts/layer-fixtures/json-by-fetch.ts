// path: packages/profiles/src/bad.ts
// refused by: layers
export const read = (answer: Response): Promise<unknown> => answer.json()
