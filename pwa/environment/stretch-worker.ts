/** Runs in a worker of its own: is given a passphrase once, and tells what Argon2id made of it. */
import { stretch, type StretchBy } from './stretch.ts'

export interface StretchOrder {
  readonly passphrase: Uint8Array<ArrayBuffer>
  readonly by: StretchBy
}

addEventListener('message', ({ data: { passphrase, by } }: MessageEvent<StretchOrder>) =>
  postMessage(stretch(passphrase, by)),
)
