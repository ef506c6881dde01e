import { AgentError } from '../http/errors.js';
import { parsePath } from './workspace-path.js';

const codeFor = (path: string): string => {
  try {
    parsePath('/workspace', path);
  } catch (error) {
    if (error instanceof AgentError) return error.code;
    throw error;
  }
  return 'accepted';
};

describe('parsePath', () => {
  it.each([
    ['a', ['a']],
    ['a/b.txt', ['a', 'b.txt']],
    ['./a//b/', ['a', 'b']],
    ['a/b/../c', ['a', 'c']],
    ['.', []],
    ['a/..', []],
    ['/workspace', []],
    ['/workspace/', []],
    ['/workspace/a', ['a']],
    ['/workspace/../workspace/a', ['a']],
    ['...', ['...']],
    ['..a', ['..a']],
    ['new\nline', ['new\nline']],
    ['图表/ü', ['图表', 'ü']],
    ['back\\slash', ['back\\slash']],
  ])('takes %j as %j', (path, segments) => {
    expect(parsePath('/workspace', path)).toEqual(segments);
  });

  it.each([
    ['', 'path_invalid'],
    ['a\0b', 'path_invalid'],
    ['..', 'path_outside_workspace'],
    ['../workspace/a', 'path_outside_workspace'],
    ['a/../../b', 'path_outside_workspace'],
    ['/etc/passwd', 'path_outside_workspace'],
    ['/', 'path_outside_workspace'],
    ['/workspaces/a', 'path_outside_workspace'],
    ['/workspace/../etc', 'path_outside_workspace'],
  ])('refuses %j as %s', (path, code) => {
    expect(codeFor(path)).toBe(code);
  });

  it('refuses a path that no system call takes', () => {
    expect(codeFor('a/'.repeat(3000))).toBe('path_invalid');
  });
});
