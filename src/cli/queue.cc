#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <stop_token>

#include "base/text.h"
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

void AddServe(CLI::App& queue, Context& context) {
  auto options = std::make_shared<queue::Server::Options>();  // Lives as long as the callback.
  options->listen = "127.0.0.1:4566";
  CLI::App* const serve =
      queue.add_subcommand("serve", "Run an SQS-compatible queue in memory, for trials and tests");
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
