import { describe, expect, test } from 'vitest'
import { splitLinks } from '../../pwa/ui/timeline/links.ts'

/** Links in angle brackets. */
const draw = (text: string): string =>
  splitLinks(text)
    .map((part) => (part.address === null ? part.text : `<${part.text}>`))
    .join('')

describe('splitLinks', () => {
  test.each([
    ['see https://a.example/b?c=d#e now', 'see <https://a.example/b?c=d#e> now'],
    ['https://a.example and http://b.example', '<https://a.example> and <http://b.example>'],
    ['HTTPS://A.EXAMPLE/B', '<HTTPS://A.EXAMPLE/B>'],
    ['at https://a.example.', 'at <https://a.example>.'],
    ['really https://a.example/b?!', 'really <https://a.example/b>?!'],
    ['(https://a.example/b)', '(<https://a.example/b>)'],
    ['https://a.example/b_(c)', '<https://a.example/b_(c)>'],
    ['“https://a.example”', '“<https://a.example>”'],
    ['https://a.example\nnext', '<https://a.example>\nnext'],
  ])('finds the address in %j', (text, drawn) => {
    expect(draw(text)).toBe(drawn)
  })

  test.each([
    '',
    'no link',
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://a.example',
    'a.example',
    'https://',
    'xhttps://a.example',
    'https://bank.example@other.example/',
    'https://user:word@other.example/',
  ])('leaves %j alone', (text) => {
    expect(splitLinks(text).every((part) => part.address === null)).toBe(true)
    expect(draw(text)).toBe(text)
  })

  test('loses nothing of the text', () => {
    const text = 'a https://a.example/(b)). https://c@d.example e\n\nhttp://f.example,'
    expect(
      splitLinks(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text)
  })

  test('leads to the address in its standard form', () => {
    expect(splitLinks('https://ä.example/ü').map((part) => part.address)).toEqual([
      'https://xn--4ca.example/%C3%BC',
    ])
  })
})
