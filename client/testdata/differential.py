"""Plays the vectors of the differential tests with curl_cffi.

A line has the calls of one session, and each gets a line with the outcome. The arguments are ports, which every host has here.
"""

import json
import sys

from curl_cffi import CurlOpt, requests

for line in sys.stdin:
    status, error = 0, ""
    session = requests.Session(curl_options={CurlOpt.RESOLVE: [f"*:{port}:127.0.0.1" for port in sys.argv[1:]]}, verify=False, timeout=10)
    for ask in json.loads(line):
        error = ""
        try:
            response = session.request(
                ask["Method"],
                ask["URL"],
                headers=[tuple(h) for h in ask["Headers"] or []],
                cookies=dict(ask["Cookies"] or []),
                data=ask["Body"].encode() or None,
                auth=tuple(ask["Auth"].split(":", 1)) if ask["Auth"] else None,
            )
            status = response.status_code
        except Exception as e:  # what it raises is an outcome
            error = type(e).__name__ + ": " + str(e)
    session.close()
    print(json.dumps({"Status": status, "Error": error}), flush=True)
