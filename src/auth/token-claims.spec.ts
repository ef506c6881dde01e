import { type TokenConfig } from '../config/slices.js';
import { ADMIN_SCOPES, OWNER_SCOPES, SCOPES } from './scopes.js';
import { type Claims, identityFrom } from './token-claims.js';

const NAMES = { owner: 'sub', scopes: 'scope', role: 'role' };
const read = (claims: Claims, names: Partial<TokenConfig['claims']> = {}, adminRole = 'admin') =>
  identityFrom(claims, { claims: { ...NAMES, ...names }, adminRole } as TokenConfig);
const scopesIn = (claims: Claims): string[] => {
  const identity = read({ sub: 'alice', ...claims });
  return typeof identity === 'string' ? [identity] : [...identity.scopes];
};

describe('the owner', () => {
  it.each(['alice', 'auth0|5f7c', 'a@example.com', '0'])('is the subject %s', (sub) => {
    expect(read({ sub })).toMatchObject({ owner: sub, role: 'user', by: 'token' });
  });

  it.each([undefined, null, 5, '', 'a b', 'ä', 'a\n', 'a'.repeat(256), ['alice'], { a: 1 }])('is never %p', (sub) => {
    expect(read({ sub })).toBe('has no usable sub');
  });

  it.each(['default', 'warm-pool', 'system'])("is not %s, as Bay's own rows belong to it", (sub) => {
    expect(read({ sub })).toMatch(/kept for Bay/);
  });

  it('is what another claim says', () => {
    expect(read({ sub: 'x', tenant: 'team-a' }, { owner: 'tenant' })).toMatchObject({ owner: 'team-a' });
  });
});

describe('scopes', () => {
  it('are all of the role where there is no claim', () => {
    expect(scopesIn({})).toEqual([...OWNER_SCOPES]);
    expect(scopesIn({ scope: null, role: 'admin' })).toEqual([...SCOPES]);
  });

  it.each([
    ['exec files:read', ['exec', 'files:read']],
    [
      ['files:read', 'exec'],
      ['exec', 'files:read'],
    ],
    ['openid profile exec', ['exec']],
    ['openid', []],
    ['', []],
    [[], []],
    [['exec files:read'], []],
  ])('%j are %j', (scope, expected) => expect(scopesIn({ scope })).toEqual(expected));

  it('never go beyond the role', () => {
    expect(scopesIn({ scope: SCOPES.join(' ') })).toEqual([...OWNER_SCOPES]);
    expect(scopesIn({ scope: ADMIN_SCOPES.join(' '), role: 'admin' })).toEqual([...ADMIN_SCOPES]);
  });

  it.each([5, true, { exec: true }, ['exec', 5]])('%j refuse the token', (scope) => {
    expect(scopesIn({ scope })).toEqual(['has a scope that is no list of words']);
  });
});

describe('the role', () => {
  const roleIn = (claims: Claims, name = 'role', adminRole = 'admin') => {
    const identity = read({ sub: 'alice', ...claims }, { role: name }, adminRole);
    return typeof identity === 'string' ? identity : identity.role;
  };

  it.each([
    [undefined, 'user'],
    ['admin', 'admin'],
    ['administrator', 'user'],
    ['Admin', 'user'],
    [['dev', 'admin'], 'admin'],
    [['dev'], 'user'],
    [true, 'has a role that is no list of words'],
  ])('%j is %s', (role, expected) => expect(roleIn({ role })).toBe(expected));

  it('is found by a path, or by a name with dots in it', () => {
    expect(roleIn({ realm_access: { roles: ['ops'] } }, 'realm_access.roles', 'ops')).toBe('admin');
    expect(roleIn({ 'https://bay.example/roles': ['admin'] }, 'https://bay.example/roles')).toBe('admin');
    expect(roleIn({}, 'constructor.name', 'Object')).toBe('user');
    expect(roleIn({ role: 'admin' }, 'role.length', '5')).toBe('user');
  });
});
