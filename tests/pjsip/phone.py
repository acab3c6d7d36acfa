"""A desk phone made of PJSIP. Its first argument says who it is and where, as JSON; a line on its standard input is a
command, a line on its standard output an event as JSON. Calls are counted from 1 in the order in which they come.

    dial URI                      answer CALL | busy CALL | hangup CALL
    hold CALL | resume CALL       update CALL | reinvite CALL
    blind CALL URI                attended CALL OTHER
    info CALL DIGITS              keys CALL DIGITS          (SIP INFO, RFC 4733)
    watch URI | write URI WORDS   publish open|closed       (a buddy's presence, a MESSAGE, one's own presence)
    say CALL WORDS                (a MESSAGE within the call)
    listen CALL FILE | stop CALL  (what it hears from now on, into a WAV file)
    quit

It speaks a WAV file again and again wherever the session lets it. Everything runs on this one thread.
"""

import json
import os
import select
import sys

import pjsua2 as pj

OPTIONS = json.loads(sys.argv[1])
# PJSIP has things to say on standard output, too, before it has a log: events go out by a door of their own.
EVENTS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
STATES = {
    pj.PJSIP_INV_STATE_CALLING: "calling",
    pj.PJSIP_INV_STATE_INCOMING: "incoming",
    pj.PJSIP_INV_STATE_EARLY: "early",
    pj.PJSIP_INV_STATE_CONNECTING: "connecting",
    pj.PJSIP_INV_STATE_CONFIRMED: "confirmed",
    pj.PJSIP_INV_STATE_DISCONNECTED: "disconnected",
}
MEDIA = {
    pj.PJSUA_CALL_MEDIA_NONE: "none",
    pj.PJSUA_CALL_MEDIA_ACTIVE: "active",
    pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "held here",
    pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "held there",
    pj.PJSUA_CALL_MEDIA_ERROR: "error",
}


def say(event, **more):
    print(json.dumps({"event": event, **more}), file=EVENTS, flush=True)


def told(callback):
    """PJSIP swallows what goes wrong in a callback; here it is an event."""

    def tells(*arguments):
        try:
            callback(*arguments)
        except Exception as error:
            say("error", text=f"{callback.__qualname__}: {error.info() if isinstance(error, pj.Error) else repr(error)}")

    return tells


class Call(pj.Call):
    def __init__(self, phone, call_id=pj.PJSUA_INVALID_ID):
        pj.Call.__init__(self, phone.account, call_id)
        self.phone = phone
        self.recorder = None
        phone.count += 1
        self.number = phone.count
        phone.calls[self.number] = self

    def audio(self):
        """The call's sound and how it stands, where there is any."""
        # What is in it lives as long as it does.
        info = self.getInfo()
        for place, media in enumerate(info.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO and MEDIA.get(media.status, "none") not in ("none", "error"):
                return MEDIA[media.status], bool(media.dir & pj.PJMEDIA_DIR_ENCODING), self.getAudioMedia(place)
        return "none", False, None

    @told
    def onCallState(self, _):
        info = self.getInfo()
        state = STATES.get(info.state, "none")
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.recorder = None
            self.phone.calls.pop(self.number, None)
        say("state", call=self.number, state=state, status=info.lastStatusCode, reason=info.lastReason)

    @told
    def onCallMediaState(self, _):
        state, speaks, sound = self.audio()
        if sound is None:
            return
        if speaks and state != "held here":
            self.phone.player.startTransmit(sound)
        if self.recorder is not None:
            sound.startTransmit(self.recorder)
        say("media", call=self.number, media=state)

    @told
    def onCallTransferStatus(self, news):
        say("transfer", call=self.number, status=news.statusCode, reason=news.reason, final=news.finalNotify)
        # A phone whose transfer succeeded has nothing more to do here; one whose transfer failed is still in its call.
        if news.finalNotify and news.statusCode // 100 == 2 and OPTIONS.get("leaves", True):
            self.hangup(pj.CallOpParam())

    @told
    def onCallTransferRequest(self, asked):
        say("referred", call=self.number, to=asked.dstUri)

    @told
    def onCallReplaceRequest(self, asked):
        asked.newCall = self.phone.newest = Call(self.phone)

    @told
    def onCallReplaced(self, news):
        say("replaced", call=self.number, by=self.phone.newest.number)

    @told
    def onDtmfDigit(self, news):
        how = "info" if news.method == pj.PJSUA_DTMF_METHOD_SIP_INFO else "rfc4733"
        say("key", call=self.number, key=news.digit, how=how)

    def listen(self, file):
        self.recorder = pj.AudioMediaRecorder()
        self.recorder.createRecorder(file)
        _, _, sound = self.audio()
        if sound is not None:
            sound.startTransmit(self.recorder)

    def stop(self):
        # The file is whole once the recorder has gone.
        self.recorder = None
        say("stopped", call=self.number)


class Buddy(pj.Buddy):
    @told
    def onBuddyState(self):
        info = self.getInfo()
        say("buddy", uri=info.uri, state=info.subStateName, status=info.presStatus.statusText)


class Account(pj.Account):
    def __init__(self, phone):
        pj.Account.__init__(self)
        self.phone = phone

    @told
    def onRegState(self, news):
        say("registered", status=news.code, expires=news.expiration)

    @told
    def onInstantMessage(self, news):
        say("text", by=news.fromUri, text=news.msgBody)

    @told
    def onInstantMessageStatus(self, news):
        say("written", status=news.code)

    @told
    def onIncomingCall(self, news):
        call = Call(self.phone, news.callId)
        info = call.getInfo()
        say("incoming", call=call.number, by=info.remoteUri, text=news.rdata.wholeMsg)
        ringing = pj.CallOpParam()
        ringing.statusCode = 180
        call.answer(ringing)


class Phone:
    def __init__(self):
        self.calls, self.count, self.newest, self.buddies = {}, 0, None, {}
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.userAgent = "PJSIP"
        config.logConfig.level = 5
        config.logConfig.consoleLevel = 0
        config.logConfig.filename = OPTIONS["log"]
        config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
        config.medConfig.ecTailLen = 0
        config.medConfig.noVad = True
        self.endpoint.libInit(config)
        transport = pj.TransportConfig()
        transport.port = 5060
        transport.boundAddress = OPTIONS["address"]
        transport.publicAddress = OPTIONS["address"]
        kind = pj.PJSIP_TRANSPORT_TCP if OPTIONS.get("tcp") else pj.PJSIP_TRANSPORT_UDP
        if tls := OPTIONS.get("tls"):
            # `authority`: whom it believes; `certificate` and `key`: what it shows to whoever calls it.
            kind, transport.port = pj.PJSIP_TRANSPORT_TLS, 5061
            transport.tlsConfig.CaListFile = tls.get("authority", "")
            transport.tlsConfig.verifyServer = "authority" in tls
            transport.tlsConfig.certFile = tls.get("certificate", "")
            transport.tlsConfig.privKeyFile = tls.get("key", "")
        made = self.endpoint.transportCreate(kind, transport)
        self.endpoint.libStart()
        self.endpoint.audDevManager().setNullDev()
        for codec in self.endpoint.codecEnum2():
            wanted = OPTIONS.get("codecs", ["PCMA", "PCMU"])
            name = codec.codecId.split("/")[0]
            self.endpoint.codecSetPriority(codec.codecId, 200 - wanted.index(name) if name in wanted else 0)
        self.player = pj.AudioMediaPlayer()
        self.player.createPlayer(OPTIONS["speaks"])
        self.account = Account(self)
        self.account.create(self.settings(made))

    def settings(self, transport):
        user, switch = OPTIONS["user"], OPTIONS["switch"]
        via = ";transport=tcp" if OPTIONS.get("tcp") else ":5061;transport=tls" if OPTIONS.get("tls") else ""
        settings = pj.AccountConfig()
        settings.idUri = f"sip:{user}@{switch}"
        if OPTIONS.get("password"):
            settings.regConfig.registrarUri = f"sip:{switch}{via}"
            settings.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", user, 0, OPTIONS["password"]))
        settings.sipConfig.transportId = transport
        # Two phones of one account behind one address are told apart by what they are, not by where.
        settings.natConfig.contactRewriteUse = 0
        settings.mediaConfig.transportConfig.boundAddress = OPTIONS["address"]
        settings.mediaConfig.transportConfig.port = 4000
        settings.presConfig.publishEnabled = bool(OPTIONS.get("publishes"))
        settings.callConfig.prackUse = (
            pj.PJSUA_100REL_MANDATORY if OPTIONS.get("prack") else pj.PJSUA_100REL_OPTIONAL
        )
        if OPTIONS.get("timer"):
            settings.callConfig.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS
            settings.callConfig.timerMinSESec = 90
            settings.callConfig.timerSessExpiresSec = OPTIONS["timer"]
        return settings

    def obey(self, line):
        verb, *words = line.split()
        if verb == "dial":
            call = Call(self)
            say("dialled", call=call.number)
            return call.makeCall(words[0], pj.CallOpParam(True))
        if verb in ("watch", "write"):
            buddy = self.buddy(words[0])
            if verb == "watch":
                return buddy.subscribePresence(True)
            text = pj.SendInstantMessageParam()
            text.content = " ".join(words[1:])
            return buddy.sendInstantMessage(text)
        if verb == "publish":
            status = pj.PresenceStatus()
            status.status = pj.PJSUA_BUDDY_STATUS_ONLINE if words[0] == "open" else pj.PJSUA_BUDDY_STATUS_OFFLINE
            return self.account.setOnlineStatus(status)
        call = self.calls.get(int(words[0]))
        if call is None:
            return say("error", text=f"{line}: no such call")
        do = pj.CallOpParam(True)
        if verb == "answer":
            do.statusCode = 200
            call.answer(do)
        elif verb == "busy":
            do.statusCode = 486
            call.hangup(do)
        elif verb == "hangup":
            call.hangup(do)
        elif verb == "hold":
            call.setHold(do)
        elif verb == "resume":
            do.opt.flag = pj.PJSUA_CALL_UNHOLD
            call.reinvite(do)
        elif verb == "update":
            call.update(do)
        elif verb == "reinvite":
            call.reinvite(do)
        elif verb == "blind":
            call.xfer(words[1], do)
        elif verb == "attended":
            call.xferReplaces(self.calls[int(words[1])], do)
        elif verb in ("info", "keys"):
            keys = pj.CallSendDtmfParam()
            keys.digits = words[1]
            keys.method = pj.PJSUA_DTMF_METHOD_SIP_INFO if verb == "info" else pj.PJSUA_DTMF_METHOD_RFC2833
            call.sendDtmf(keys)
        elif verb == "say":
            text = pj.SendInstantMessageParam()
            text.content = " ".join(words[1:])
            call.sendInstantMessage(text)
        elif verb == "listen":
            call.listen(words[1])
        elif verb == "stop":
            call.stop()
        else:
            say("error", text=f"{line}: no such command")

    def buddy(self, uri):
        if uri not in self.buddies:
            config = pj.BuddyConfig()
            config.uri = uri
            self.buddies[uri] = Buddy()
            self.buddies[uri].create(self.account, config)
        return self.buddies[uri]

    def run(self):
        say("ready")
        rest = b""
        while True:
            self.endpoint.libHandleEvents(10)
            if not select.select([0], [], [], 0)[0]:
                continue
            piece = os.read(0, 4096)
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if line == b"quit":
                    return
                try:
                    self.obey(line.decode())
                except pj.Error as error:
                    say("error", text=f"{line.decode()}: {error.info()}")
            if not piece:
                return


phone = Phone()
phone.run()
# What it would free in its own order, the process frees at once; calls of a phone that is switched off just end.
os._exit(0)
