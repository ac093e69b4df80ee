"""The way to a queue in a company's network: a proxy that makes tunnels, and TLS by a CA of its own."""
import datetime
import pathlib
import socket
import socketserver
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _sign(subject: str, key, issuer: str, issuer_key, *extensions) -> x509.Certificate:
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer))
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(now - datetime.timedelta(hours=1))
               .not_valid_after(now + datetime.timedelta(days=1)))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def certify(host: str, folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """A certificate of `host` with its key, and the CA that signed it; both PEM."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = _sign("Test CA", ca_key, "Test CA", ca_key,
               x509.BasicConstraints(ca=True, path_length=None))
    leaf = _sign(host, key, "Test CA", ca_key, x509.SubjectAlternativeName([x509.DNSName(host)]))
    pem = serialization.Encoding.PEM
    bundle, server = folder / "ca.pem", folder / "server.pem"
    bundle.write_bytes(ca.public_bytes(pem))
    server.write_bytes(leaf.public_bytes(pem) + key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return server, bundle


def _pipe(source, target) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def _join(a, b) -> None:
    other = threading.Thread(target=_pipe, args=(b, a), daemon=True)
    other.start()
    _pipe(a, b)
    other.join()


class Tunnel:
    """An HTTP proxy: every CONNECT leads to `upstream`, which it calls with the certificate's name."""

    def __init__(self, upstream: tuple[str, int], certificate: pathlib.Path):
        self.asked: list[str] = []  # First lines.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        tunnel = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                head = b""
                while b"\r\n\r\n" not in head:
                    if not (more := self.request.recv(4096)):
                        return
                    head += more
                line = head.split(b"\r\n")[0].decode()
                tunnel.asked.append(line)
                if not line.startswith("CONNECT "):
                    self.request.sendall(b"HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n")
                    return
                self.request.sendall(b"HTTP/1.1 200 Go on\r\n\r\n")
                try:
                    with context.wrap_socket(self.request, server_side=True) as inner:
                        with socket.create_connection(upstream) as outer:
                            _join(inner, outer)
                except (ssl.SSLError, OSError):
                    pass  # The client did not like the certificate.

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
