#include "config/print.h"

namespace bauta::config {

std::string_view Example() {
  return R"yaml(pipeline: logins                        # name of this queue-to-table pair in the ledger; default: the table's name
source:
  sqs:
    queue: login-queue                  # name or URL
    # region, endpoint: else AWS_REGION, AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL, the profile, the regional endpoint
    max_in_flight: {messages: 20000, bytes: 256MiB}
target:
  postgres:
    url: ${DATABASE_URL:-postgresql:///postgres}   # libpq URL or keywords; PG* variables work as everywhere
    table: user_logins
    batch: {rows: 5000, bytes: 4MiB, age: 200ms}
  exactly_once: {key: message, retention: 35d}     # a message is the time it was sent and its id
columns:                                # target column: where it comes from (JSON Pointer) and what happens to it
  user_id:          {from: /user_id, required: true}
  device_type:      {from: /device_type}
  masked_ip:        {from: /ip,        required: true, mask: hmac-sha256, canonical: ip}
  masked_device_id: {from: /device_id, required: true, mask: hmac-sha256, canonical: text}
  locale:           {from: /locale}
  app_version:      {from: /app_version, as: version}
  create_date:      {from: /create_date, default: sent_at}
unknown_fields: ignore                  # ignore | quarantine
keys: {file: keyring.json}              # require_mlock: true refuses to run with keys that could be swapped out
quarantine: {recipient: q1, retention: 30d, stop_above: 50%}
workers: 2
shutdown: {grace: 25s}
log: {level: info, format: auto}
)yaml";
}

}  // namespace bauta::config
