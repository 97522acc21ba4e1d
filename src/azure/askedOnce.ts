/**
 * Gives equal calls (of arguments that are JSON) the same answer, also while it is on its way. One that failed is forgotten: the next
 * call asks again.
 */
export function askedOnce<Args extends readonly unknown[], T>(
  ask: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (...args) => {
    const key = JSON.stringify(args);
    const answer = known.get(key) ?? ask(...args);
    known.set(key, answer);
    answer.catch(() => known.delete(key));
    return answer;
  };
}
