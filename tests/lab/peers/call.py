#!/usr/bin/env python3
"""A call of WebRTC (aiortc): ICE, DTLS and Opus of silence, with consent checks (RFC 7675) while it runs.

    call.py answer ADDRESS FOLDER              the media server: answers each offer that appears in FOLDER
    call.py offer ADDRESS FOLDER SECONDS       the client: one call, hung up after SECONDS or when consent has expired
Offer and answer go through files of FOLDER: no packet of the signalling is in the capture.
"""
import asyncio
import json
import os
import sys

import aioice.ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack


def put(path, description):
    with open(path + '.new', 'w', encoding='ascii') as f:
        json.dump({'type': description.type, 'sdp': description.sdp}, f)
    os.rename(path + '.new', path)


def take(path):
    with open(path, encoding='ascii') as f:
        return RTCSessionDescription(**json.load(f))


async def answer(folder):
    calls = []
    while True:
        for name in os.listdir(folder):
            if name.endswith('.offer'):
                pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
                calls.append(pc)
                pc.addTrack(AudioStreamTrack())
                await pc.setRemoteDescription(take(os.path.join(folder, name)))
                os.unlink(os.path.join(folder, name))
                await pc.setLocalDescription(await pc.createAnswer())
                put(os.path.join(folder, name[:-6] + '.answer'), pc.localDescription)
        await asyncio.sleep(0.1)


async def offer(folder, seconds):
    pc, over = RTCPeerConnection(RTCConfiguration(iceServers=[])), asyncio.Event()
    pc.addTrack(AudioStreamTrack())

    @pc.on('connectionstatechange')
    def changed():
        if pc.connectionState in ('failed', 'closed'):
            over.set()

    await pc.setLocalDescription(await pc.createOffer())
    path = os.path.join(folder, str(os.getpid()))
    put(path + '.offer', pc.localDescription)
    while not os.path.exists(path + '.answer'):
        await asyncio.sleep(0.05)
    await pc.setRemoteDescription(take(path + '.answer'))
    try:
        await asyncio.wait_for(over.wait(), seconds)
    except asyncio.TimeoutError:
        pass
    await asyncio.wait_for(pc.close(), 5)


if __name__ == '__main__':
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [sys.argv[2]]
    asyncio.run(answer(sys.argv[3]) if sys.argv[1] == 'answer' else offer(sys.argv[3], float(sys.argv[4])))
