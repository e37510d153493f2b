"""A mail server for the tests: prints what it receives as lines of JSON, and refuses where it is told to.

What a recipient's name begins with decides: `busy-N` is told "later" N times, `nobody` is refused for good, and with
--hold nobody gets an answer to their mail at all. Ends when standard input does.
"""

import argparse
import asyncio
import email
import email.policy
import json
import logging
import os
import re
import ssl
import sys

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def say(**line):
    print(json.dumps(line), flush=True)


class Receiver:
    def __init__(self, hold):
        self.hold = hold
        self.refusals = {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            say(refused=address)
            return f"550 5.1.1 <{address}>: no such user here"
        busy = re.match(r"busy-(\d+)", address)
        if busy and self.refusals.get(address, 0) < int(busy[1]):
            self.refusals[address] = self.refusals.get(address, 0) + 1
            say(busy=address)
            return f"451 4.7.1 <{address}>: come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "text": message.get_body(("plain",)).get_content(),
            "html": message.get_body(("html",)).get_content(),
            "encrypted": server.transport.get_extra_info("ssl_object") is not None,
            "login": session.auth_data.decode() if session.auth_data else None,
        }
        if self.hold:
            say(held=mail)
            await asyncio.Event().wait()
        say(mail=mail)
        return "250 Taken"


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--security", choices=["none", "starttls", "tls"], default="none")
    parser.add_argument("--ca-file", help="where the authority of the certificate is written")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--hold", action="store_true")
    given = parser.parse_args()

    context = None
    if given.security != "none":
        authority = trustme.CA()
        authority.cert_pem.write_to_path(given.ca_file)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)

    def authenticate(server, session, envelope, mechanism, data):
        right = isinstance(data, LoginPassword) and data == LoginPassword(
            given.user.encode(), given.password.encode()
        )
        return AuthResult(success=right, auth_data=given.user.encode() if right else None, handled=False)

    receiver = Receiver(given.hold)

    def connection():
        return SMTP(
            receiver,
            hostname="mail.test",
            tls_context=context if given.security == "starttls" else None,
            require_starttls=given.security == "starttls",
            auth_required=given.user is not None,
            auth_require_tls=False,
            authenticator=authenticate if given.user else None,
        )

    loop = asyncio.get_running_loop()
    wrapped = context if given.security == "tls" else None
    server = await loop.create_server(connection, "127.0.0.1", 0, ssl=wrapped)
    say(port=server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)
    # What is held would keep the loop from ending.
    os._exit(0)


# What clients do wrong is what the tests are about.
logging.disable(logging.CRITICAL)
asyncio.run(main())
