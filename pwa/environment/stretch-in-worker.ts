import { stretch, type StretchBy } from './stretch.ts'

export const stretchInWorker = async (passphrase: Uint8Array<ArrayBuffer>, by: StretchBy) =>
  stretch(passphrase, by)
