// Which of a user's pages has the voice: the one that holds the lock. The others are full remote controls.

const NAME = 'strowger-voice';

/**
 * Waits for the voice, and keeps it until the page goes or lets go of it.
 * @param {object} options
 * @param {boolean} [options.steal] take it from whoever has it
 * @param {() => void} [options.lost] it was taken away
 * @returns {Promise<(() => void) | null>} lets go of it; null: another page has it and `steal` was not asked for
 */
export function holdVoice({ steal = false, lost } = {}) {
  return new Promise((resolve) => {
    const options = steal ? { steal } : { ifAvailable: true };
    const held = navigator.locks.request(NAME, options, (lock) => {
      if (!lock) return resolve(null);
      return new Promise((release) => resolve(() => release(undefined)));
    });
    held.catch(() => lost?.());
  });
}

/** Resolves when the page that has the voice is gone. @returns {Promise<void>} */
export async function voiceIsFree() {
  await navigator.locks.request(NAME, { mode: 'shared' }, () => {});
}
