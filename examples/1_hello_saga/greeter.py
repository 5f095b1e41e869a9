"""A service that takes part in a saga: it answers POST /greetings with JSON."""
import http.server
import json


class greeter(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps({"greeting": f"Hello, {asked['name']}!"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


http.server.ThreadingHTTPServer(("127.0.0.1", 9000), greeter).serve_forever()
