#include "aws/sqs_connection.h"

#include <atomic>

#include "aws/sqs_error.h"
#include "base/log.h"

namespace bauta::aws {
namespace {

constexpr const char* kAwayHint =
    "source.sqs.endpoint or AWS_ENDPOINT_URL_SQS names the endpoint; `bauta run --wait 60s` waits "
    "for it";

}  // namespace

SqsConnection::SqsConnection(Endpoint endpoint, std::unique_ptr<CredentialsKeeper> keeper,
                             http::Client http)
    : endpoint_(std::move(endpoint)),
      keeper_(std::move(keeper)),
      signer_(endpoint_),
      http_(std::move(http)) {}

SqsConnection::~SqsConnection() { keeper_->Stop(); }  // It posts to http_.

void SqsConnection::SendBatch(Call call, Done<std::vector<Refused>> done) {
  const std::size_t entries = call.asked.entries.size();
  Send<std::vector<Refused>>(std::move(call), std::move(done),
                             [entries](const Wire& wire, std::string_view answer) {
                               return wire.ReadBatch(answer, entries);
                             });
}

http::ClientRequest SqsConnection::Signed(Attempts& attempts) {
  const Call& call = attempts.call;
  http::ClientRequest request;
  request.url = signer_.url();
  request.timeout = call.timeout;
  request.body = wire_->Write(call.asked);
  request.headers = signer_.Headers(*wire_, call.asked.operation, request.body);
  attempts.skew = signer_.skew().ahead();
  return request;
}

void SqsConnection::UseNewestCredentials() {
  if (keeper_->version() == credentials_) return;
  CredentialsKeeper::Current current = keeper_->current();
  credentials_ = current.version;
  signer_.Use(std::move(current.credentials));
}

// Once, if the credentials are refused and there may be others.
bool SqsConnection::MustRenew(const Wire& wire, bool& renewed,
                              const http::ClientResponse& response) const {
  if (renewed || response.status < 400 || response.status >= 500) return false;
  if (!MayBeOldCredentials(wire.ReadFault(response.body, response.amzn_query_error).code)) {
    return false;
  }
  renewed = true;
  return keeper_->renewable();
}

// True if the answer is in the other protocol, which is spoken from now on.
bool SqsConnection::MustSwitch(const Wire& wire, const Call& call,
                               const http::ClientResponse& response) {
  if (&wire != &JsonWire()) return false;
  if (!KnowsQueryOnly(call.asked.operation, response.status, response.body)) return false;
  static std::atomic<bool> said = false;
  if (std::exchange(wire_, &QueryWire()) == &JsonWire() && !said.exchange(true)) {
    log::Info("aws", "this server does not know SQS's JSON protocol: using the query protocol",
              {{"endpoint", endpoint_.url}});
  }
  return true;
}

Error SqsConnection::NoAnswer(const Call& call, Error error) {
  error.message = "SQS " + std::string(call.asked.operation) + ": " + error.message;
  if (error.code == ErrorCode::kRetryable) error.hint = kAwayHint;
  return patience_.Judge(call.asked.operation, std::move(error));
}

Error SqsConnection::Failure(const Wire& wire, const Attempts& attempts,
                             const http::ClientResponse& response) {
  const Call& call = attempts.call;
  const std::string_view operation = call.asked.operation;
  const Fault fault = wire.ReadFault(response.body, response.amzn_query_error);
  if (MayBeClockSkew(fault.code) && ClockIsCorrected(attempts.skew, response.date)) {
    return Retryable("SQS " + std::string(operation) + ": " + fault.code +
                     "; our clock is off and is now corrected");
  }
  Error error = ToError(
      {operation, call.queue, endpoint_.region, endpoint_.url, call.quotes},
      {response.status, fault.code, fault.message, response.retry_after, response.location});
  const bool old = MayBeOldCredentials(fault.code);
  if (old) error.message += "; credentials: " + keeper_->source();
  // What SQS itself says by a code is final, unless there may be other credentials soon.
  const bool may_pass = fault.code.empty() || (old && keeper_->renewable());
  return may_pass ? patience_.Judge(operation, std::move(error)) : error;
}

// The first that is refused corrects it for all that were on their way, signed with `skew`.
bool SqsConnection::ClockIsCorrected(std::chrono::seconds skew, const std::string& date) {
  if (skew != signer_.skew().ahead()) return true;
  if (!signer_.skew().Correct(date, SystemClock().Now())) return false;
  log::Warn("aws", "our clock differs from AWS's; requests are signed with theirs",
            {{"seconds", signer_.skew().ahead().count()}});
  return true;
}

}  // namespace bauta::aws
