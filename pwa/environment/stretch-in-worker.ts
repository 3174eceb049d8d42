/** Argon2id beside the page, which goes on meanwhile. */
import { ClientError } from '../client/contract/client-error.ts'
import { scriptAddress } from './script-address.ts'
import type { StretchBy } from './stretch.ts'
import type { StretchOrder } from './stretch-worker.ts'

/** 32 bytes. Throws ClientError `stretch_failed` where no worker starts or its memory does not suffice. */
export async function stretchInWorker(
  passphrase: Uint8Array<ArrayBuffer>,
  by: StretchBy,
): Promise<Uint8Array<ArrayBuffer>> {
  // The compiler's library does not know that a script's address may be one that Trusted Types vouch for.
  const worker = new Worker(scriptAddress('stretchWorker') as string, { type: 'module' })
  try {
    return await new Promise((resolve, reject) => {
      worker.addEventListener('error', () => reject(new ClientError('stretch_failed')))
      worker.addEventListener('message', ({ data }: MessageEvent<Uint8Array<ArrayBuffer>>) => resolve(data))
      const order: StretchOrder = { passphrase, by: { ...by } }
      worker.postMessage(order)
    })
  } finally {
    worker.terminate()
  }
}
