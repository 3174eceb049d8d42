/** Writes the vectors anew, after a deliberate change of the protocol. */
import { writeFileSync } from 'node:fs'
import { makeVectors } from './make-vectors.ts'

writeFileSync(new URL('letterlock-v1.json', import.meta.url), await makeVectors())
