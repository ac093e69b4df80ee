#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <random>
#include <stop_token>

#include "base/text.h"
#include "cli/at_least_one.h"
#include "cli/command.h"
#include "cli/queue_verbs.h"
#include "cli/signals.h"
#include "queue/server.h"

namespace bauta::cli {
namespace {

void Serve(const queue::Server::Options& options, Context& context) {
  const std::stop_token stop = StopOnSignals();
  const Result<std::unique_ptr<queue::Server>> server = queue::Server::Start(options);
  if (!server.ok()) return context.Fail(server.error());
  fmt::print(R"({{"endpoint":{},"account":{},"region":{}}})"
             "\n",
             JsonString(server.value()->endpoint()), JsonString(options.account),
             JsonString(options.region));
  std::fflush(stdout);
  WaitForStop(stop);
}

constexpr const char* kBadDay = "A bad day (changed while it runs by POST /bauta/bad-day)";

CLI::Option* AddTime(CLI::App& serve, const std::string& flag, std::chrono::milliseconds& to,
                     const std::string& what) {
  return serve
      .add_option_function<std::string>(
          flag,
          [flag, &to](const std::string& text) {
            const auto time = ParseDuration(text);
            if (!time) throw CLI::ValidationError(flag, "write a time, for example 50ms or 2s");
            to = *time;
          },
          what)
      ->type_name("D");
}

void AddRate(CLI::App& serve, const std::string& flag, double& to, const std::string& what) {
  serve.add_option(flag, to, what)->type_name("P")->check(CLI::Range(0.0, 1.0))->group(kBadDay);
}

// `day` lives as long as the callbacks.
void AddBadDay(CLI::App& serve, queue::BadDay& day) {
  day.seed = std::random_device()();
  AddTime(serve, "--latency", day.latency, "Each answer comes this much later")->group(kBadDay);
  AddTime(serve, "--jitter", day.jitter, "and up to this much more")->group(kBadDay);
  AddRate(serve, "--error-rate", day.error_rate, "Share of requests that are answered 500");
  AddRate(serve, "--throttle-rate", day.throttle_rate, "Share that are answered RequestThrottled");
  AddRate(serve, "--reset-rate", day.reset_rate,
          "Share whose connection is reset, before or after they were carried out");
  AddRate(serve, "--duplicate-rate", day.duplicate_rate,
          "Share of messages that stay visible when received (standard queues)");
  serve.add_flag("--disorder", day.disorder, "Receive in any order (standard queues)")
      ->group(kBadDay);
  serve.add_option("--seed", day.seed, "The same seed and calls, the same day; default: any")
      ->group(kBadDay)
      ->type_name("N");
}

// Those of SQS, for tests that want others.
void AddLimits(CLI::App& serve, queue::Server::Options& options) {
  serve
      .add_option("--in-flight-limit", options.in_flight_limit,
                  "Messages of a queue that may be in flight")
      ->type_name("N")
      ->check(AtLeastOne())
      ->capture_default_str();
  AddTime(serve, "--purge-wait", options.purge_wait, "Between two purges of a queue; default: 60s");
  AddTime(serve, "--delete-wait", options.delete_wait,
          "Before the name of a deleted queue is free again, SQS's being 60s; default: 0s");
}

void AddServe(CLI::App& queue, Context& context) {
  auto options = std::make_shared<queue::Server::Options>();  // Lives as long as the callback.
  options->listen = "127.0.0.1:4566";
  CLI::App* const serve =
      queue.add_subcommand("serve", "Run an SQS-compatible queue, for trials and tests");
  serve->add_option("--listen", options->listen, "Where to listen; port 0 takes a free one")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  serve->add_option("--account", options->account, "Account in URLs and ARNs")
      ->type_name("DIGITS")
      ->capture_default_str();
  serve->add_option("--region", options->region, "Region of requests that name none")
      ->type_name("REGION")
      ->capture_default_str();
  serve->add_option("--queue", options->queues, "Make this queue at start; repeatable")
      ->type_name("NAME")
      ->allow_extra_args(false);
  serve
      ->add_option("--data", options->data,
                   "Keep queues and messages in this directory, over restarts and crashes; "
                   "default: in memory only")
      ->type_name("DIR")
      ->check([](const std::string& directory) {
        return directory.empty() ? "name a directory" : std::string();
      });
  serve
      ->add_option("--require-signature", options->signing_keys,
                   "Serve only requests signed with the keys in this credentials file")
      ->type_name("FILE");
  AddLimits(*serve, *options);
  AddBadDay(*serve, options->bad_day);
  serve->callback([options, &context] { Serve(*options, context); });
}

}  // namespace

void AddQueue(CLI::App& app, Context& context) {
  CLI::App* const queue =
      app.add_subcommand("queue", "Serve a queue, or work on one: any SQS endpoint");
  queue->require_subcommand(1);
  AddServe(*queue, context);
  AddQueueVerbs(*queue, context);
}

}  // namespace bauta::cli
