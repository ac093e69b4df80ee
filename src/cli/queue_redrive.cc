#include "cli/queue_redrive.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "aws/environment.h"
#include "aws/sqs_client.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/at_least_one.h"
#include "cli/command.h"
#include "cli/identity_notes.h"
#include "cli/native_move.h"
#include "cli/progress.h"
#include "cli/redrive.h"
#include "cli/signals.h"
#include "cli/wiring.h"

namespace bauta::cli {
namespace {

struct Flags {
  std::string positional, queue, endpoint, region, from;
  std::uint64_t most = 0;
  bool native = false, dry_run = false;
};

// Both ends of a redrive.
struct Route {
  std::unique_ptr<aws::SqsClient> client;
  std::string from, to;          // URLs.
  std::string from_arn, to_arn;  // Of a native one.
  std::uint64_t waiting = 0;     // Messages in the dead-letter queue, about.
};

Result<aws::AttributeMap> AttributesOf(aws::SqsClient& client, const std::string& url) {
  return aws::Await<aws::AttributeMap>(
      [&](aws::Done<aws::AttributeMap> done) { client.GetQueueAttributes(url, std::move(done)); });
}

std::string ValueOf(const aws::AttributeMap& attributes, const std::string& name) {
  const auto at = attributes.find(name);
  return at == attributes.end() ? "" : at->second;
}

// The ARN in a RedrivePolicy, which holds no escapes; empty if there is none.
std::string DeadLetterArn(const std::string& policy) {
  const std::size_t name = policy.find("\"deadLetterTargetArn\"");
  if (name == std::string::npos) return {};
  const std::size_t begin = policy.find('"', policy.find(':', name));
  const std::size_t end = policy.find('"', begin + 1);
  return end == std::string::npos ? "" : policy.substr(begin + 1, end - begin - 1);
}

// By its name alone SQS finds the caller's own: a policy may name another account's.
Result<> IsOfPolicy(const std::string& found_arn, const std::string& policy_arn) {
  if (policy_arn.empty() || found_arn == policy_arn) return Ok();
  return ConfigError(fmt::format("the redrive policy names {}, but the queue of that name is {}",
                                 policy_arn, found_arn.empty() ? "without an ARN" : found_arn),
                     "name the queue to move from by its URL: --from URL");
}

Result<Route> FindRoute(const Flags& flags, const aws::Wishes& wishes) {
  Route route;
  route.client = TRY(aws::SqsClient::Open(wishes, aws::SystemEnvironment()));
  route.to = TRY(route.client->FindQueue(wishes.queue));
  const aws::AttributeMap to = TRY(AttributesOf(*route.client, route.to));
  const std::string name = aws::QueueName(route.to);
  const std::string policy_arn =
      flags.from.empty() ? DeadLetterArn(ValueOf(to, "RedrivePolicy")) : "";
  if (flags.from.empty() && policy_arn.empty()) {
    return ConfigError(
        fmt::format("queue {} has no redrive policy that names a dead-letter queue", name),
        "name the queue to move from: --from QUEUE");
  }
  route.from = TRY(route.client->FindQueue(
      flags.from.empty() ? policy_arn.substr(policy_arn.rfind(':') + 1) : flags.from));
  if (aws::QueueName(route.from) == name && route.from == route.to) {
    return ConfigError(fmt::format("{} cannot be moved to itself", name));
  }
  if (route.from.ends_with(".fifo") != route.to.ends_with(".fifo")) {
    return ConfigError(fmt::format("{} and {} are not of one kind: one is a FIFO queue",
                                   aws::QueueName(route.from), name));
  }
  const aws::AttributeMap from = TRY(AttributesOf(*route.client, route.from));
  route.from_arn = ValueOf(from, "QueueArn");
  TRY(IsOfPolicy(route.from_arn, policy_arn));
  route.to_arn = ValueOf(to, "QueueArn");
  const std::string waiting = ValueOf(from, "ApproximateNumberOfMessages");
  route.waiting = std::strtoull(waiting.c_str(), nullptr, 10);
  return route;
}

double Seconds(SteadyTime since) {
  return std::chrono::duration<double>(SystemClock().SteadyNow() - since).count();
}

void Report(const Context& context, const Route& route, const Redrive::Counts& counts,
            double seconds) {
  if (context.json) {
    fmt::print(
        "{{\"moved\":{},\"failed\":{},\"returned\":{},\"undeleted\":{},\"seconds\":{:.3f}}}\n",
        counts.moved, counts.failed, counts.returned, counts.undeleted, seconds);
    return;
  }
  fmt::print("moved {} messages from {} to {}\n", WithCommas(counts.moved),
             aws::QueueName(route.from), aws::QueueName(route.to));
  if (counts.returned > 0) {
    fmt::print("{} of them came back as dead letters and were left there\n",
               WithCommas(counts.returned));
  }
}

std::string ProgressLine(std::uint64_t moved, std::uint64_t all) {
  return fmt::format("moved {} of about {}", WithCommas(moved), WithCommas(all));
}

Error StillThere(const Route& route, std::uint64_t undeleted) {
  return Fatal(
      fmt::format(
          "{} messages were moved, but not deleted from {}: they will be dead letters again",
          undeleted, aws::QueueName(route.from)),
      "run it again: a copy that is sent twice makes no second row");
}

Result<> Signed(const Flags& flags, const config::Config& config, Context& context, Route& route,
                const std::stop_token& stop) {
  const keys::KeyRing ring = TRY(LoadKeyRing(config, context.blame));
  const IdentityNotes notes = TRY(IdentityNotes::Make(ring, config.pipeline));
  const std::unique_ptr<RedriveEnds> ends =
      BindRedriveEnds(*route.client, route.from, route.to, stop);
  Redrive redrive(*ends, notes, {.fifo = route.to.ends_with(".fifo"), .most = flags.most});
  const SteadyTime start = SystemClock().SteadyNow();
  Result<> moved = Ok();
  {
    std::optional<Progress> progress;
    if (!context.quiet) {
      progress.emplace(context.Interactive(),
                       [&] { return ProgressLine(redrive.counts().moved, route.waiting); });
    }
    moved = redrive.Run(stop);
  }
  const Redrive::Counts counts = redrive.counts();
  if (!moved.ok() && counts.moved == 0) return moved;
  Report(context, route, counts, Seconds(start));
  if (counts.undeleted > 0) {
    const Error undeleted = StillThere(route, counts.undeleted);
    if (counts.failed == 0 && moved.ok()) return undeleted;
    log::Warn("redrive", undeleted.message);
  }
  if (!moved.ok()) return Fatal("gave up after a part: " + moved.error().message);
  if (counts.failed == 0) return Ok();
  return Fatal(fmt::format("{} messages are still in {}, one because of this: {}", counts.failed,
                           aws::QueueName(route.from), redrive.last_refusal()));
}

Result<> Native(const Context& context, const Route& route, const std::stop_token& stop) {
  log::Warn("redrive",
            "SQS gives what it moves new ids and times: an event that was loaded before is loaded "
            "again, unless target.exactly_once.key names its own id");
  const SteadyTime start = SystemClock().SteadyNow();
  log::RateLimit limit(std::chrono::seconds(10));
  const auto progress = [&](const aws::MoveTask& task) {
    if (context.quiet || !limit.Pass()) return;
    log::Info("redrive", ProgressLine(static_cast<std::uint64_t>(task.moved), route.waiting));
  };
  const aws::MoveTask task =
      TRY(MoveNatively(*route.client, {route.from_arn, route.to_arn}, progress, stop));
  Report(context, route, {.moved = static_cast<std::uint64_t>(task.moved)}, Seconds(start));
  if (task.status != "FAILED") return Ok();
  return Fatal("SQS ended the move: " + (task.failure.empty() ? "it says not why" : task.failure));
}

void DryRun(const Context& context, const Flags& flags, const Route& route) {
  const std::uint64_t n = flags.most == 0 ? route.waiting : std::min(flags.most, route.waiting);
  if (context.json) {
    fmt::print("{{\"moved\":0,\"failed\":0,\"returned\":0,\"undeleted\":0,\"would_move\":{}}}\n",
               n);
  } else {
    fmt::print("would move about {} messages from {} to {}\n", WithCommas(n),
               aws::QueueName(route.from), aws::QueueName(route.to));
  }
}

Result<> Run(const Flags& flags, Context& context) {
  const std::stop_token stop = StopOnSignals();
  if (flags.native && flags.most > 0) {
    return ConfigError("--native moves all there is", "leave --max-messages or --native out");
  }
  aws::Wishes wishes;
  wishes.queue = flags.queue.empty() ? flags.positional : flags.queue;
  if (!flags.endpoint.empty()) wishes.endpoint = flags.endpoint;
  if (!flags.region.empty()) wishes.region = flags.region;
  const bool needs_config = !flags.native || wishes.queue.empty();
  std::optional<config::Config> config;
  if (needs_config || !context.ConfigFile().empty()) {
    config = context.LoadConfig();
    if (!config) return Ok();
    if (wishes.queue.empty()) wishes.queue = config->source.queue;
    if (!wishes.endpoint) wishes.endpoint = config->source.endpoint;
    if (!wishes.region) wishes.region = config->source.region;
  }
  Route route = TRY(FindRoute(flags, wishes));
  if (flags.dry_run) {
    DryRun(context, flags, route);
    return Ok();
  }
  return flags.native ? Native(context, route, stop) : Signed(flags, *config, context, route, stop);
}

}  // namespace

void AddRedrive(CLI::App& queue, Context& context) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* const command = queue.add_subcommand(
      "redrive", "Move dead letters back to their queue, as the messages that they were");
  command->add_option("QUEUE", flags->positional, "Where to: name or URL; default: the config's");
  command->add_option("--queue", flags->queue, "Name or URL, as QUEUE");
  command->add_option("--endpoint", flags->endpoint, "Where SQS answers: http://127.0.0.1:4566");
  command->add_option("--region", flags->region, "Else the environment's");
  command
      ->add_option("--from", flags->from,
                   "The dead-letter queue; default: that of QUEUE's redrive policy")
      ->type_name("QUEUE");
  command->add_option("--max-messages", flags->most, "Move at most so many")->check(AtLeastOne());
  command->add_flag("--native", flags->native,
                    "Let SQS move all of them; they lose their identity");
  command->add_flag("--dry-run", flags->dry_run, "Say how many there are, move nothing");
  command->callback([flags, &context] {
    if (const Result<> result = Run(*flags, context); !result.ok()) context.Fail(result.error());
    if (std::fflush(stdout) != 0 && context.exit_code == kDone) {
      context.Fail(Fatal("standard output takes no more"));
    }
  });
}

}  // namespace bauta::cli
