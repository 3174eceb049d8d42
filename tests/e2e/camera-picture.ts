/** What Chromium's pretended camera sees: one picture with a QR code in it, as an uncompressed video file. */
import { writeFile } from 'node:fs/promises'
import { encodeQR } from 'qr'

const WIDTH = 640
const HEIGHT = 480
const PIXELS_PER_MODULE = 8
const WHITE = 235
const BLACK = 16
const NO_COLOUR = 128

/** Chromium's flags for a camera that shows `file` and is allowed without asking. */
export const cameraFlags = (file: string): readonly string[] => [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  `--use-file-for-fake-video-capture=${file}`,
]

/** Writes the file that the camera shows from its next start on. */
export async function showToCamera(file: string, text: string): Promise<void> {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: 1 })
  const size = rows.length
  const luma = Buffer.alloc(WIDTH * HEIGHT, WHITE)
  const left = Math.floor((WIDTH - size * PIXELS_PER_MODULE) / 2)
  const top = Math.floor((HEIGHT - size * PIXELS_PER_MODULE) / 2)
  rows.flat().forEach((isDark, index) => {
    if (!isDark) return
    const x = left + (index % size) * PIXELS_PER_MODULE
    const y = top + Math.floor(index / size) * PIXELS_PER_MODULE
    for (let line = y; line < y + PIXELS_PER_MODULE; line += 1)
      luma.fill(BLACK, line * WIDTH + x, line * WIDTH + x + PIXELS_PER_MODULE)
  })
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, NO_COLOUR)
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420\n`)
  await writeFile(file, Buffer.concat([head, Buffer.from('FRAME\n'), luma, chroma]))
}
