import { turnEnd } from '@sotto/transport';
import { expect, test } from 'vitest';

test('what is written goes before work that waited, whoever asked first, and what they ask for is of the next turn', () => {
  const turns: (() => void)[] = [];
  const done: string[] = [];
  const end = turnEnd((task) => void turns.push(task));
  end.work(() => {
    done.push('work');
    end.work(() => done.push('more work'));
    end.write(() => done.push('its words'));
  });
  end.write(() => done.push('words'));
  expect(turns).toHaveLength(1);
  turns.shift()?.();
  expect(done.splice(0)).toEqual(['words', 'work']);
  expect(turns).toHaveLength(1);
  turns.shift()?.();
  expect(done).toEqual(['its words', 'more work']);
  expect(turns).toEqual([]);
});

test('one task that throws takes none of the others with it', () => {
  const turns: (() => void)[] = [];
  const done: string[] = [];
  const end = turnEnd((task) => void turns.push(task));
  end.write(() => {
    throw new Error('planted');
  });
  end.write(() => done.push('words'));
  end.work(() => done.push('work'));
  expect(() => turns.shift()?.()).toThrow('planted');
  turns.shift()?.();
  expect(done).toEqual(['words', 'work']);
});
