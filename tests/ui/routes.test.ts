import { describe, expect, test } from 'vitest'
import { formatRoute, parseRoute, type Route } from '../../pwa/ui/routes.ts'

const ROUTES: readonly [string, Route][] = [
  ['/', { name: 'home' }],
  ['/register', { name: 'register' }],
  ['/sign-in', { name: 'sign-in' }],
  ['/help', { name: 'help' }],
  ['/privacy', { name: 'privacy' }],
  ['/backup', { name: 'backup' }],
  ['/backup/new', { name: 'backup/new' }],
  ['/storage', { name: 'storage' }],
  ['/c/1', { name: 'conversation', contact: 1 }],
  ['/c/9007199254740991', { name: 'conversation', contact: Number.MAX_SAFE_INTEGER }],
]

describe('parseRoute', () => {
  test.each(ROUTES)('reads %s', (path, route) => {
    expect(parseRoute(path)).toEqual(route)
  })

  test.each(['/c/', '/c/0', '/c/01', '/c/-1', '/c/1.5', '/c/1/', '/c/bob', '/c/9007199254740992', '/x', ''])(
    'takes %j for home',
    (path) => {
      expect(parseRoute(path)).toEqual({ name: 'home' })
    },
  )
})

describe('formatRoute', () => {
  test.each(ROUTES)('gives %s', (path, route) => {
    expect(formatRoute(route)).toBe(path)
  })
})
