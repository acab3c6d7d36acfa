// The smallest page that has a leg: it begins by itself when it is loaded, and keeps what the test asks for in `window.proof`.

import { Leg } from '/page/leg.js';
import { Microphone } from '/page/devices.js';
import { holdVoice, voiceIsFree } from '/page/lock.js';

const post = async (what, offer) => {
  const response = await fetch(`/${what}/${offer.epoch}`, { method: 'POST', body: offer.sdp });
  if (!response.ok) throw Object.assign(new Error(`${what}: ${response.status}`), { superseded: response.status === 409 });
  return { sdp: await response.text() };
};
const epoch = Number(localStorage.getItem('epoch') ?? 0) + 1;
localStorage.setItem('epoch', String(epoch));

const microphone = new Microphone();
const audio = document.querySelector('audio');
const leg = new Leg({ signal: { attach: (o) => post('attach', o), restart: (o) => post('restart', o) }, audio, epoch });
const proof = { leg, microphone, audio, events: [], epoch, holdVoice, voiceIsFree };
for (const event of ['up', 'lost', 'blocked', 'superseded']) {
  leg.addEventListener(event, () => proof.events.push(event));
}
microphone.addEventListener('denied', () => proof.events.push('denied'));
microphone.addEventListener('changed', () => leg.speakInto(microphone.track));
window.proof = proof;
// Listening asks for no microphone; then the browser plays nothing before somebody clicks.
const listens = location.search === '?listen';
addEventListener('click', () => leg.play());
await leg.open(listens ? null : await microphone.open());
leg.expectsSound = true;

/** How much of what is heard in half a second is this tone: its share of the power, by twentieths of a second. */
proof.share = async (hertz) => {
  const [track] = audio.srcObject.getAudioTracks();
  const reader = new MediaStreamTrackProcessor({ track: track.clone() }).readable.getReader();
  const heard = [];
  let rate = 48000;
  while (heard.length < rate / 2) {
    const { value } = await reader.read();
    rate = value.sampleRate;
    const samples = new Float32Array(value.numberOfFrames);
    value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
    heard.push(...samples);
    value.close();
  }
  await reader.cancel();
  const block = rate / 20;
  let [tone, all] = [0, 0];
  for (let start = 0; start + block <= heard.length; start += block) {
    let [re, im] = [0, 0];
    for (let place = 0; place < block; place += 1) {
      const sample = heard[start + place];
      re += sample * Math.cos((2 * Math.PI * hertz * place) / rate);
      im += sample * Math.sin((2 * Math.PI * hertz * place) / rate);
      all += sample * sample;
    }
    tone += (2 * (re * re + im * im)) / block;
  }
  return all === 0 ? 0 : tone / all;
};
