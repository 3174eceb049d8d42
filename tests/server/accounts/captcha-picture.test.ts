import { randomBytes } from 'node:crypto'
import { decode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import { GLYPHS } from '../../../server/accounts/captcha-glyphs.ts'
import { drawCaptcha } from '../../../server/accounts/captcha-picture.ts'
import { makeCaptchaText } from '../../../server/accounts/captcha-text.ts'
import { countRead, drawSamples, PLAIN } from '../../campaigns/read-captchas.ts'

const COUNT = 50

describe('the picture of a captcha', () => {
  test('is read by Tesseract fewer than once in ten', { timeout: 120_000 }, async () => {
    expect(await countRead(drawSamples(COUNT))).toBeLessThan(COUNT / 10)
  })

  test('would be read more often than not without its distortion', { timeout: 120_000 }, async () => {
    expect(await countRead(drawSamples(COUNT, PLAIN))).toBeGreaterThan(COUNT / 2)
  })

  test('is a grey PNG with ink and paper, and nothing else in the file', () => {
    const { width, height, channels, data, text } = decode(drawCaptcha('ACEHJK', randomBytes))
    expect([width, height, channels, Object.keys(text)]).toEqual([480, 160, 1, []])
    expect([Math.min(...data), Math.max(...data)]).toEqual([40, 255])
  })
})

describe('the text of a captcha', () => {
  test('has six characters, each of the alphabet as often as the others', () => {
    const texts = Array.from({ length: 3000 }, () => makeCaptchaText(randomBytes))
    const counts = new Map<string, number>()
    for (const character of texts.join('')) counts.set(character, (counts.get(character) ?? 0) + 1)
    expect([...counts.keys()].toSorted()).toEqual(Object.keys(GLYPHS).toSorted())
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(200)
    expect(texts.every((text) => text.length === 6)).toBe(true)
  })

  test('has no characters that look like others of it', () => {
    for (const lookalikes of ['0OQD', '1IL', '2Z', '5S', '6G', '8B', 'EF', 'UV', 'MW'])
      expect(Array.from(lookalikes).filter((one) => Object.hasOwn(GLYPHS, one)).length).toBeLessThan(2)
  })
})
