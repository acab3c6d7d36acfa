// What the browser knows of a connection's sound, in few words, and whether any comes.

/** How long no packet may come where some should, in milliseconds. */
const SILENCE = 2000;

/**
 * @typedef {object} Figures
 * @property {number} sent packets
 * @property {number} received packets
 * @property {number} lost packets that did not come
 * @property {number} lostThere packets that did not come at the switch, as its reports say
 * @property {number} jitter milliseconds
 * @property {number | null} roundTrip milliseconds
 * @property {number} level how loud the microphone is, 0 to 1
 */

export class Flow {
  #received = -1;
  #at = 0;

  /** @param {RTCPeerConnection} connection @returns {Promise<Figures>} */
  async read(connection) {
    const figures = { sent: 0, received: 0, lost: 0, lostThere: 0, jitter: 0, roundTrip: null, level: 0 };
    for (const report of (await connection.getStats()).values()) take(figures, report);
    return figures;
  }

  /** Whether packets have stopped coming. @param {RTCPeerConnection} connection */
  async silent(connection) {
    const { received } = await this.read(connection);
    const now = performance.now();
    if (received !== this.#received) [this.#received, this.#at] = [received, now];
    return now - this.#at > SILENCE;
  }
}

/** @param {any} figures @param {any} report */
function take(figures, report) {
  switch (report.type) {
    case 'outbound-rtp':
      figures.sent = report.packetsSent ?? 0;
      break;
    case 'inbound-rtp':
      figures.received = report.packetsReceived ?? 0;
      figures.lost = report.packetsLost ?? 0;
      figures.jitter = Math.round((report.jitter ?? 0) * 1000);
      break;
    case 'remote-inbound-rtp':
      figures.lostThere = report.packetsLost ?? 0;
      break;
    case 'candidate-pair':
      if (report.nominated && report.currentRoundTripTime !== undefined) {
        figures.roundTrip = Math.round(report.currentRoundTripTime * 1000);
      }
      break;
    case 'media-source':
      figures.level = report.audioLevel ?? 0;
  }
}
