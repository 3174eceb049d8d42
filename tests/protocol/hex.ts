import { concat } from '../../pwa/protocol/bytes.ts'
import type { Bytes } from '../../pwa/protocol/bytes.ts'

export const fromHex = (text: string): Bytes => concat(Buffer.from(text, 'hex'))
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
