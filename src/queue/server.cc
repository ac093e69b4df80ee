#include "queue/server.h"

#include <ctime>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/text.h"
#include "base/uuid.h"
#include "http/server.h"
#include "queue/address.h"
#include "queue/api.h"
#include "queue/data_file.h"
#include "queue/later.h"
#include "queue/signature.h"
#include "queue/store.h"
#include "queue/validate.h"

namespace bauta::queue {
namespace {

http::Server::Response ToResponse(Api::Answer answer) {
  http::Server::Response response;
  response.status = answer.status;
  response.content_type = answer.type;
  response.headers.emplace_back("x-amzn-RequestId", std::move(answer.request_id));
  if (!answer.query_error.empty()) {
    response.headers.emplace_back("x-amzn-query-error", std::move(answer.query_error));
  }
  response.body = std::move(answer.body);
  return response;
}

http::Server::Response Plain(int status, std::string json) {
  http::Server::Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(json) + "\n";
  return response;
}

http::Server::Response Refused(const Error& error) {
  return Plain(400, R"({"error":)" + JsonString(error.message) + R"(,"help":)" +
                        JsonString(error.hint) + "}");
}

Result<> CheckAccount(std::string_view account) {
  if (IsAccount(account)) return Ok();
  return ConfigError("not an AWS account: \"" + std::string(account) + "\"",
                     "an account is 12 digits, for example 000000000000");
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(Options options)
      : options_(std::move(options)),
        store_({.in_flight_limit = options_.in_flight_limit,
                .purge_wait = options_.purge_wait,
                .delete_wait = options_.delete_wait,
                .bad_day = options_.bad_day}),
        api_(store_) {}

  Result<> Start() {
    TRY(CheckAccount(options_.account));
    if (!options_.data.empty()) TRY(KeepData());
    TRY(MakeQueues());
    if (!options_.signing_keys.empty()) keys_ = TRY(ReadSigningKeys(options_.signing_keys));
    http_ = TRY(http::Server::Start(
        {.address = options_.listen},
        [this](http::Server::Request request, http::Server::Responder responder) {
          Handle(request, std::move(responder));
        }));
    const bool v6 = http_->host().find(':') != std::string::npos;
    endpoint_ = "http://" + (v6 ? "[" + http_->host() + "]" : http_->host()) + ":" +
                std::to_string(http_->port());
    ticker_ = std::jthread([this](std::stop_token stop) { store_.Run(std::move(stop)); });
    recorder_ = std::jthread([this](const std::stop_token& stop) { store_.Record(stop); });
    return Ok();
  }

  const std::string& endpoint() const { return endpoint_; }

 private:
  Result<> KeepData() {
    std::unique_ptr<Journal> journal = TRY(OpenDataFile(options_.data));
    const Result<> kept = store_.Keep(std::move(journal));
    if (kept.ok() || !kept.error().hint.empty()) return kept;
    return CannotRead(options_.data, kept.error().message);
  }

  Result<> MakeQueues() {
    for (const std::string& name : options_.queues) {
      const bool fifo = name.ends_with(".fifo");
      Outcome<> made = CheckQueueName(name, fifo);
      if (made.ok()) made = store_.Create({options_.account, options_.region, name}, {}, {});
      if (made.ok()) continue;
      return ConfigError("cannot make queue \"" + name + "\": " + made.failure().message);
    }
    return Ok();
  }

  void Handle(const http::Server::Request& request, http::Server::Responder responder) {
    const std::string_view host = request.Header("Host");
    if (host.empty()) return responder.Send({.status = 400, .headers = {}, .body = "no Host\n"});
    if (request.Header("X-Amz-Target").empty()) {
      if (auto answer = TryAdminister(request)) return SendOnceDurable(responder, *answer);
    }
    const Api::Incoming incoming{.operation = request.Header("X-Amz-Target"),
                                 .content_type = request.Header("Content-Type"),
                                 .target = request.target(),
                                 .accept = request.Header("Accept"),
                                 .body = request.body()};
    const Fate fate = store_.weather().ForRequest();
    const Api::Reply reply = [this, fate, responder](Api::Answer answer) {
      Answer(fate, responder, std::move(answer));
    };
    switch (fate.kind) {
      case Fate::Kind::kError:
        return reply(Api::Refusal(incoming, InternalFailure()));
      case Fate::Kind::kThrottled:
        return reply(Api::Refusal(incoming, RequestThrottled()));
      case Fate::Kind::kResetBefore:
        return reply({});
      case Fate::Kind::kServed:
      case Fate::Kind::kResetAfter:
        return Serve(request, incoming, responder, reply);
    }
  }

  // The calls that are not SQS's.  Those that change something are for who may call SQS, and not
  // for pages that a browser shows: they could post here without being asked.
  std::optional<http::Server::Response> TryAdminister(const http::Server::Request& request) {
    const std::string_view path = request.target().substr(0, request.target().find('?'));
    const bool changes =
        request.method() == "POST" && (path == "/moto-api/reset" || path == "/bauta/bad-day");
    if (!changes) return Administer(request);
    if (!request.Header("Origin").empty() || !CheckSigned(request).ok()) {
      return Plain(403, R"({"status":"not for you"})");
    }
    if (store_.commit() != nullptr && store_.commit()->failing()) return CannotWrite();
    return Administer(request);
  }

  static http::Server::Response CannotWrite() {
    return Plain(503, R"({"status":"cannot write --data"})");
  }

  std::optional<http::Server::Response> Administer(const http::Server::Request& request) {
    const std::string_view path = request.target().substr(0, request.target().find('?'));
    const bool post = request.method() == "POST";
    if (path == "/health") return Plain(200, R"({"status":"ok"})");
    if (path == "/moto-api/reset" && post) {
      store_.DeleteAll();
      store_.weather().Set(options_.bad_day);
      (void)MakeQueues();  // It went well at the start.
      return Plain(200, R"({"status":"ok"})");
    }
    if (path != "/bauta/bad-day") return std::nullopt;
    if (post) {
      const Result<BadDay> day = ParseBadDay(request.body(), store_.weather().day());
      if (!day.ok()) return Refused(day.error());
      store_.weather().Set(*day);
    }
    return Plain(200, ToJson(store_.weather().day()));
  }

  void SendOnceDurable(const http::Server::Responder& responder,
                       const http::Server::Response& answer) {
    if (store_.commit() == nullptr) return responder.Send(answer);
    store_.commit()->WhenDurable(
        [responder, answer](bool durable) { responder.Send(durable ? answer : CannotWrite()); });
  }

  void Answer(const Fate& fate, const http::Server::Responder& responder, Api::Answer answer) {
    auto send = [fate, responder, answer = std::move(answer)]() mutable {
      const bool reset =
          fate.kind == Fate::Kind::kResetBefore || fate.kind == Fate::Kind::kResetAfter;
      if (reset) return responder.Reset();
      responder.Send(ToResponse(std::move(answer)));
    };
    if (fate.delay.count() == 0) return send();
    later_.After(fate.delay, std::move(send));
  }

  Outcome<> CheckSigned(const http::Server::Request& request) const {
    if (keys_.empty()) return Unit{};
    return CheckSignature({.method = request.method(),
                           .target = request.target(),
                           .body = request.body(),
                           .header = [&](std::string_view name) { return request.Header(name); }},
                          keys_, std::time(nullptr));
  }

  // With the region, as in the URLs of SQS, unless it is the usual one or the host says it.
  std::string BaseUrl(std::string_view host, const std::string& region) const {
    const std::string url = "http://" + std::string(host);
    const bool plain =
        region == options_.region || !IsRegion(region) || !RegionOfHost(host).empty();
    return plain ? url : url + "/queue/" + region;
  }

  void Serve(const http::Server::Request& request, const Api::Incoming& incoming,
             const http::Server::Responder& responder, const Api::Reply& reply) {
    const Outcome<> known = CheckSigned(request);
    if (!known.ok()) return reply(Api::Refusal(incoming, known.failure()));
    const Scope scope = ParseScope(request.Header("Authorization"), request.target());
    std::string_view region = RegionOfHost(request.Header("Host"));
    if (region.empty()) region = scope.region;
    Origin origin;
    origin.account = IsAccount(scope.key_id) ? std::string(scope.key_id) : options_.account;
    origin.region = region.empty() ? options_.region : std::string(region);
    origin.base_url = BaseUrl(request.Header("Host"), origin.region);
    origin.path = request.target();
    const std::string_view trace = request.Header("X-Amzn-Trace-Id");
    if (IsValidUtf8(trace)) origin.trace = trace;
    origin.gone = [responder] { return responder.Gone(); };
    if (Api::IsListing(request.target())) return reply(api_.List(incoming, origin));
    api_.Handle(incoming, origin, reply);
  }

  const Options options_;
  Store store_;
  Api api_;
  std::string endpoint_;
  SigningKeys keys_;  // None: signatures are not checked.
  Later later_;
  std::unique_ptr<http::Server> http_;  // Stops before what it calls goes.
  std::jthread ticker_, recorder_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::Start(Options options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  TRY(impl->Start());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

const std::string& Server::endpoint() const { return impl_->endpoint(); }

}  // namespace bauta::queue
