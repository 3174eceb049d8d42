/** Draws a captcha's characters as a raster picture that people read and common programs do not. */
import { encode } from 'fast-png'
import type { RandomBytes } from '../random-id.ts'
import { GLYPHS, type Point, type Stroke } from './captcha-glyphs.ts'

export const PICTURE_WIDTH = 480
export const PICTURE_HEIGHT = 160

/** How much the drawing departs from plain print: all zero is plain. */
export interface PictureStyle {
  /** Radians that a character leans to either side at most. */
  readonly tilt: number
  /** Pixels by which waves carry points away. */
  readonly wave: number
  /** Pixels by which a character leaves its place at most. */
  readonly stray: number
  /** Share of its place by which a character is wider: above 0 neighbours run into each other. */
  readonly overlap: number
  /** Lines of the same pen across the whole picture. */
  readonly lines: number
}

export const DISTORTED: PictureStyle = { tilt: 0.27, wave: 7, stray: 11, overlap: 0.06, lines: 1 }

const MARGIN = 22
const GLYPH_HEIGHT = 96
const PEN_RADIUS = 5
const LINE_RADIUS = 3
/** Points of a stroke are set this close, so that waves bend straight lines, too. */
const POINT_EVERY_PX = 5
const PAPER = 255
const INK = 40

/** A number from 0 up to 1. */
type Random = () => number

/** The picture of `text`, whose characters are those of `GLYPHS`, as a grey PNG. */
export function drawCaptcha(
  text: string,
  randomBytes: RandomBytes,
  style: PictureStyle = DISTORTED,
): Uint8Array {
  const random: Random = () => Buffer.from(randomBytes(4)).readUInt32BE() / 2 ** 32
  const bend = makeWave(random, style.wave)
  const ink = new Float32Array(PICTURE_WIDTH * PICTURE_HEIGHT)
  for (const stroke of placeGlyphs(text, random, style)) drawStroke(ink, stroke.map(bend), PEN_RADIUS)
  for (let count = 0; count < style.lines; count++) drawStroke(ink, makeLine(random).map(bend), LINE_RADIUS)
  const data = Uint8Array.from(ink, (share) => Math.round(PAPER + (INK - PAPER) * share))
  return encode({ width: PICTURE_WIDTH, height: PICTURE_HEIGHT, data, channels: 1, depth: 8 })
}

const around = (random: Random, most: number): number => (random() * 2 - 1) * most

/** Two waves, one along each axis, of lengths and phases by chance. */
function makeWave(random: Random, height: number): (point: Point) => Point {
  const [lengthX, lengthY] = [110 + random() * 60, 80 + random() * 50]
  const [phaseX, phaseY] = [random() * 2 * Math.PI, random() * 2 * Math.PI]
  return ([x, y]) => [
    x + height * 0.6 * Math.sin((y / lengthY) * 2 * Math.PI + phaseX),
    y + height * Math.sin((x / lengthX) * 2 * Math.PI + phaseY),
  ]
}

function placeGlyphs(text: string, random: Random, style: PictureStyle): Stroke[] {
  const place = (PICTURE_WIDTH - 2 * MARGIN) / text.length
  return Array.from(text).flatMap((character, index) => {
    const width = place * (0.7 + style.overlap + around(random, style.overlap / 2))
    const height = GLYPH_HEIGHT * (1 + around(random, style.overlap))
    const middle: Point = [
      MARGIN + place * (index + 0.5) + around(random, style.stray / 3),
      PICTURE_HEIGHT / 2 + around(random, style.stray),
    ]
    const angle = around(random, style.tilt)
    const put = ([x, y]: Point): Point => turn([(x - 0.5) * width, (y - 0.5) * height], angle, middle)
    return (GLYPHS[character] ?? []).map((stroke) => densify(stroke.map(put)))
  })
}

const turn = ([x, y]: Point, angle: number, [middleX, middleY]: Point): Point => [
  middleX + x * Math.cos(angle) - y * Math.sin(angle),
  middleY + x * Math.sin(angle) + y * Math.cos(angle),
]

function densify(stroke: Stroke): Stroke {
  return stroke.flatMap((end, index) => {
    const start = stroke[index - 1]
    if (!start) return [end]
    const steps = Math.max(1, Math.ceil(Math.hypot(end[0] - start[0], end[1] - start[1]) / POINT_EVERY_PX))
    return Array.from({ length: steps }, (_, step): Point => {
      const share = (step + 1) / steps
      return [start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share]
    })
  })
}

/** From one side to the other, through the middle of the characters. */
function makeLine(random: Random): Stroke {
  const y = () => PICTURE_HEIGHT * (0.25 + random() * 0.5)
  return densify([
    [-10, y()],
    [PICTURE_WIDTH * 0.33, y()],
    [PICTURE_WIDTH * 0.66, y()],
    [PICTURE_WIDTH + 10, y()],
  ])
}

/** Sets ink along a stroke with a round pen; the edge is one pixel soft. */
function drawStroke(ink: Float32Array, stroke: Stroke, radius: number): void {
  for (let index = 1; index < stroke.length; index++) {
    const [start, end] = [stroke[index - 1], stroke[index]]
    if (start && end) drawSegment(ink, { start, end, radius })
  }
}

function drawSegment(
  ink: Float32Array,
  { start, end, radius }: { start: Point; end: Point; radius: number },
): void {
  const [left, right] = [Math.min(start[0], end[0]) - radius - 1, Math.max(start[0], end[0]) + radius + 1]
  const [top, bottom] = [Math.min(start[1], end[1]) - radius - 1, Math.max(start[1], end[1]) + radius + 1]
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(PICTURE_HEIGHT, bottom); y++)
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(PICTURE_WIDTH, right); x++) {
      const at = y * PICTURE_WIDTH + x
      const share = Math.min(1, Math.max(0, radius + 0.5 - distanceTo(start, end, [x, y])))
      ink[at] = Math.max(ink[at] ?? 0, share)
    }
}

function distanceTo(start: Point, end: Point, [x, y]: Point): number {
  const [dx, dy] = [end[0] - start[0], end[1] - start[1]]
  const along = ((x - start[0]) * dx + (y - start[1]) * dy) / (dx * dx + dy * dy || 1)
  const share = Math.min(1, Math.max(0, along))
  return Math.hypot(x - start[0] - share * dx, y - start[1] - share * dy)
}
