/** Has a common program for reading text try captchas: Debian's Tesseract, told which characters there are. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { GLYPHS } from '../../server/accounts/captcha-glyphs.ts'
import { drawCaptcha, type PictureStyle } from '../../server/accounts/captcha-picture.ts'
import { makeCaptchaText } from '../../server/accounts/captcha-text.ts'

const run = promisify(execFile)

/** As Tesseract numbers them: a line of text, a word, a line without its usual tricks. */
export const PAGE_MODES = ['7', '8', '13'] as const

/** No distortion: Tesseract has to read this, or it shows nothing. */
export const PLAIN: PictureStyle = { tilt: 0, wave: 0, stray: 0, overlap: 0, lines: 0 }

export interface Sample {
  readonly text: string
  /** PNG. */
  readonly picture: Uint8Array
}

export function drawSamples(count: number, style?: PictureStyle): Sample[] {
  return Array.from({ length: count }, () => {
    const text = makeCaptchaText(randomBytes)
    return { text, picture: drawCaptcha(text, randomBytes, style) }
  })
}

/** How many of the pictures Tesseract reads without a fault, in the page mode in which it reads most. */
export async function countRead(samples: readonly Sample[]): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-captchas-'))
  try {
    const files = samples.map((_, index) => path.join(folder, `${index}.png`))
    await Promise.all(files.map((file, index) => writeFile(file, samples[index]?.picture ?? '')))
    const list = path.join(folder, 'list.txt')
    await writeFile(list, `${files.join('\n')}\n`)
    const counts: number[] = []
    for (const mode of PAGE_MODES) counts.push(countEqual(samples, await readAll(list, mode)))
    return Math.max(...counts)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** One text for each picture; Tesseract ends each with a form feed. */
async function readAll(list: string, mode: string): Promise<string[]> {
  const alphabet = Object.keys(GLYPHS).join('')
  const flags = ['--psm', mode, '-c', `tessedit_char_whitelist=${alphabet}`]
  const environment = { ...process.env, OMP_THREAD_LIMIT: '1' }
  const { stdout } = await run('tesseract', [list, '-', ...flags], { env: environment })
  return stdout.split('\f').map((text) => text.replace(/\s/g, ''))
}

const countEqual = (samples: readonly Sample[], texts: readonly string[]): number =>
  samples.filter(({ text }, index) => texts[index] === text).length
