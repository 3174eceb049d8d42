/** Runs in a worker of its own: is given a captcha's work, and tells a number for each part as it finds them. */
import { CAPTCHA_WORK_PARTS } from '../../server/wire/captcha.ts'
import { findNumber } from '../client/captcha/find-number.ts'

export interface WorkOrder {
  readonly nonce: Uint8Array
  readonly bits: number
}

addEventListener('message', ({ data }: MessageEvent<WorkOrder>) => {
  for (let part = 0; part < CAPTCHA_WORK_PARTS; part++) postMessage(findNumber(data.nonce, part, data.bits))
})
