/** A captcha's work, done by a worker of the real browser. */
import { CAPTCHA_WORK_PARTS } from '../../server/wire/captcha.ts'
import { ClientError } from '../client/contract/client-error.ts'
import type { WorkSolver } from '../client/captcha/work-solver.ts'
import { fromBase64url } from '../protocol/bytes.ts'
import type { WorkOrder } from './captcha-worker.ts'
import { scriptAddress } from './script-address.ts'

export function createWorkSolver(): WorkSolver {
  return {
    async solve({ nonce, bits }, { onPart, signal }) {
      signal.throwIfAborted()
      // The compiler's library does not know that a script's address may be one that Trusted Types vouch for.
      const worker = new Worker(scriptAddress('captchaWorker') as string, { type: 'module' })
      try {
        const order: WorkOrder = { nonce: fromBase64url(nonce), bits }
        return await collectNumbers(worker, order, { onPart, signal })
      } finally {
        worker.terminate()
      }
    },
  }
}

function collectNumbers(
  worker: Worker,
  order: WorkOrder,
  { onPart, signal }: Parameters<WorkSolver['solve']>[1],
): Promise<number[]> {
  const numbers: number[] = []
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new DOMException('cancelled', 'AbortError')))
    worker.addEventListener('error', () => reject(new ClientError('work_failed')))
    worker.addEventListener('message', ({ data }: MessageEvent<number>) => {
      numbers.push(data)
      onPart(numbers.length)
      if (numbers.length === CAPTCHA_WORK_PARTS) resolve(numbers)
    })
    worker.postMessage(order)
  })
}
