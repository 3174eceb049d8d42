/**
 * `npm run campaign:captcha`: Tesseract tries 200 captchas and must read fewer than one in ten; before that it has to read most
 * of 50 plain ones. Leaves 50 captchas on a sheet for people to look at. Ends with 1 when one of both fails.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { decode, encode } from 'fast-png'
import { PICTURE_HEIGHT, PICTURE_WIDTH } from '../../server/accounts/captcha-picture.ts'
import { countRead, drawSamples, PLAIN, type Sample } from './read-captchas.ts'

const SHEET = '.build/captcha-sheet.png'
const COLUMNS = 5
const SHEET_COUNT = 50
const CAPTCHAS = 200

const say = (text: string): void => void process.stdout.write(`${text}\n`)

const plain = await countRead(drawSamples(SHEET_COUNT, PLAIN))
say(`Plain: ${plain} of ${SHEET_COUNT} read`)
const samples = drawSamples(CAPTCHAS)
const read = await countRead(samples)
say(`Captchas: ${read} of ${CAPTCHAS} read`)
await mkdir('.build', { recursive: true })
await writeFile(SHEET, drawSheet(samples.slice(0, SHEET_COUNT)))
say(
  `${SHEET}, row by row: ${samples
    .slice(0, SHEET_COUNT)
    .map(({ text }) => text)
    .join(' ')}`,
)
process.exitCode = plain > SHEET_COUNT / 2 && read < CAPTCHAS / 10 ? 0 : 1

function drawSheet(shown: readonly Sample[]): Uint8Array {
  const width = COLUMNS * PICTURE_WIDTH
  const height = Math.ceil(shown.length / COLUMNS) * PICTURE_HEIGHT
  const data = new Uint8Array(width * height)
  shown.forEach(({ picture }, index) => {
    const rows = decode(picture).data
    const [left, top] = [(index % COLUMNS) * PICTURE_WIDTH, Math.floor(index / COLUMNS) * PICTURE_HEIGHT]
    for (let y = 0; y < PICTURE_HEIGHT; y++)
      data.set(rows.subarray(y * PICTURE_WIDTH, (y + 1) * PICTURE_WIDTH), (top + y) * width + left)
  })
  return encode({ width, height, data, channels: 1, depth: 8 })
}
