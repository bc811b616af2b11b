"""A mail server: server.py FOLDER HOW CERTIFICATE KEY. HOW is tls, starttls or plain.

It says its port, then answers each line of its input with the letters that it took. Who `later@`, `never@` and `silent@` are, its
answers to their letters tell."""

import asyncio
import json
import os
import ssl
import sys

folder, how, certificate, key = sys.argv[1:]
sys.path.insert(0, folder)

from aiosmtpd.smtp import SMTP, AuthResult

taken = []


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        answers = {"later": "451 the disk is full, says hunter2", "never": "550 nobody is here, says hunter2"}
        answer = answers.get(address.split("@")[0])
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos[0].startswith("silent@"):
            await asyncio.sleep(3600)
        taken.append({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "login": bool(session.authenticated),
            "text": envelope.content.decode(),
        })
        return "250 taken"


def login(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"apono", b"hunter2"), handled=False)


async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    def connection():
        return SMTP(
            Handler(),
            hostname="localhost",
            tls_context=context if how == "starttls" else None,
            require_starttls=how == "starttls",
            auth_require_tls=how == "starttls",
            auth_required=True,
            authenticator=login,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(connection, "localhost", 0, ssl=context if how == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(taken), flush=True)
    os._exit(0)


asyncio.run(main())
