#include "cli/queue_verbs.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>

#include "aws/sqs_client.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/bodies.h"
#include "cli/command.h"
#include "cli/confirm.h"
#include "cli/progress.h"
#include "cli/queue_loader.h"
#include "cli/queue_messages.h"
#include "cli/queue_redrive.h"
#include "cli/send_entries.h"

namespace bauta::cli {
namespace {

using std::chrono::seconds;

// What the verbs' flags hold; one for all of them, since one verb runs in a process.
struct Flags {
  std::string positional, queue, endpoint, region;
  std::vector<std::string> attributes;
  std::string file = "-", body;
  Grouping grouping;
  std::size_t max = 10;
  std::string wait = "1s";
  bool remove = false;
};

// The queue that a verb works on.
struct Opened {
  std::unique_ptr<aws::SqsClient> client;
  std::string name, url;
};

bool ConfigIsAround(const Context& context) { return !context.ConfigFile().empty(); }

// Nothing: the config has problems, which have been told.
Result<std::optional<aws::Wishes>> Wanted(const Flags& flags, Context& context) {
  aws::Wishes wishes;
  wishes.queue = flags.queue.empty() ? flags.positional : flags.queue;
  if (!flags.endpoint.empty()) wishes.endpoint = flags.endpoint;
  if (!flags.region.empty()) wishes.region = flags.region;
  const bool complete = !wishes.queue.empty() && wishes.endpoint;
  if (complete || !ConfigIsAround(context)) {
    if (!wishes.queue.empty()) return std::optional(wishes);
    return ConfigError("no queue is named", "give its name or URL, or a config with -c FILE");
  }
  const std::optional<config::Config> config = context.LoadConfig();
  if (!config) return std::optional<aws::Wishes>();
  if (wishes.queue.empty()) wishes.queue = config->source.queue;
  if (!wishes.endpoint) wishes.endpoint = config->source.endpoint;
  if (!wishes.region) wishes.region = config->source.region;
  return std::optional(wishes);
}

Result<std::optional<Opened>> OpenClient(const Flags& flags, Context& context) {
  const std::optional<aws::Wishes> wishes = TRY(Wanted(flags, context));
  if (!wishes) return std::optional<Opened>();
  Opened opened;
  opened.client = TRY(aws::SqsClient::Open(*wishes, aws::SystemEnvironment()));
  opened.name = wishes->queue;
  return std::optional(std::move(opened));
}

// Runs a verb on a queue that is there.
Result<> WithQueue(const Flags& flags, Context& context,
                   const std::function<Result<>(Opened&)>& verb) {
  std::optional<Opened> opened = TRY(OpenClient(flags, context));
  if (!opened) return Ok();
  opened->url = TRY(opened->client->FindQueue(opened->name));
  return verb(*opened);
}

// Whether stdout took it, the end of the verb sees.
void Print(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
}

Result<aws::AttributeMap> Pairs(const std::vector<std::string>& texts) {
  aws::AttributeMap pairs;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return ConfigError("--attribute " + text + ": not Name=Value");
    }
    pairs[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return pairs;
}

Result<> Create(const Flags& flags, Context& context) {
  const aws::AttributeMap attributes = TRY(Pairs(flags.attributes));
  std::optional<Opened> opened = TRY(OpenClient(flags, context));
  if (!opened) return Ok();
  const std::string name = aws::QueueName(opened->name);
  const std::string url = TRY(aws::Await<std::string>([&](aws::Done<std::string> done) {
    opened->client->CreateQueue(name, attributes, std::move(done));
  }));
  Print(context.json ? fmt::format("{{\"queue_url\":{}}}", JsonString(url)) : url);
  return Ok();
}

std::string ReadStdin() { return std::string(std::istreambuf_iterator<char>(std::cin), {}); }

Result<> SendEntries(Opened& opened, Context& context, std::vector<aws::SendEntry> entries) {
  const std::size_t all = entries.size();
  const SteadyTime start = SystemClock().SteadyNow();
  const bool fifo = !entries.empty() && !entries.front().deduplication_id.empty();
  QueueLoader loader(*opened.client, opened.url,
                     fifo ? QueueLoader::Order::kKept : QueueLoader::Order::kAny);
  Result<> loaded = Ok();
  {
    std::optional<Progress> progress;
    if (!context.quiet) {
      progress.emplace(context.Interactive(), [&] {
        return fmt::format("sent {} of {}", WithCommas(loader.sent()), WithCommas(all));
      });
    }
    loaded = loader.Load(std::move(entries));
  }
  if (!loaded.ok() && loader.sent() == 0) return loaded.error();
  const std::chrono::duration<double> took = SystemClock().SteadyNow() - start;
  Print(fmt::format("{{\"sent\":{},\"failed\":{},\"seconds\":{:.3f}}}", loader.sent(),
                    all - loader.sent(), took.count()));
  if (!loaded.ok()) return Fatal("gave up after a part: " + loaded.error().message);
  if (loader.failed() > 0) {
    return Fatal(fmt::format("{} messages were refused, the last with {}", loader.failed(),
                             loader.last_refusal()));
  }
  return Ok();
}

Result<> Load(const Flags& flags, Context& context) {
  std::vector<std::string> bodies = TRY(ReadBodies(flags.file));
  return WithQueue(flags, context, [&](Opened& opened) -> Result<> {
    std::vector<aws::SendEntry> entries =
        TRY(ToEntries(opened.url, std::move(bodies), flags.grouping));
    return SendEntries(opened, context, std::move(entries));
  });
}

Result<> Send(const Flags& flags, Context& context) {
  const aws::AttributeMap attributes = TRY(Pairs(flags.attributes));
  return WithQueue(flags, context, [&](Opened& opened) -> Result<> {
    std::vector<aws::SendEntry> entries =
        TRY(ToEntries(opened.url, {flags.body.empty() ? ReadStdin() : flags.body}, flags.grouping));
    for (const auto& [name, value] : attributes) {
      entries.front().attributes.push_back({name, "String", value});
    }
    return SendEntries(opened, context, std::move(entries));
  });
}

Result<> Show(const Flags& flags, Context& context, ShowOptions::Then then) {
  const auto wait = ParseDuration(flags.wait);
  if (!wait || *wait > seconds(20)) return ConfigError("--wait must be a duration up to 20s");
  const ShowOptions options{flags.max, std::chrono::ceil<seconds>(*wait), then};
  return WithQueue(flags, context, [&](Opened& opened) {
    return ShowMessages(*opened.client, opened.url, options, stdout);
  });
}

Result<> Receive(const Flags& flags, Context& context) {
  return Show(flags, context,
              flags.remove ? ShowOptions::Then::kDelete : ShowOptions::Then::kNothing);
}

Result<> Peek(const Flags& flags, Context& context) {
  return Show(flags, context, ShowOptions::Then::kGiveBack);
}

bool IsNumber(const std::string& text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  return error == std::errc() && end == text.data() + text.size() && std::to_string(n) == text;
}

Result<> Stats(const Flags& flags, Context& context) {
  return WithQueue(flags, context, [&](Opened& opened) -> Result<> {
    const aws::AttributeMap attributes =
        TRY(aws::Await<aws::AttributeMap>([&](aws::Done<aws::AttributeMap> done) {
          opened.client->GetQueueAttributes(opened.url, std::move(done));
        }));
    std::string line = "{";
    for (const auto& [name, value] : attributes) {
      if (line.size() > 1) line += ',';
      line += JsonString(name) + ':' + (IsNumber(value) ? value : JsonString(value));
    }
    Print(line + '}');
    return Ok();
  });
}

Result<> Purge(const Flags& flags, Context& context) {
  return WithQueue(flags, context, [&](Opened& opened) -> Result<> {
    TRY(Confirm(context, {"purge deletes every message for good",
                          fmt::format("Delete every message of {} for good?", opened.url),
                          "nothing was deleted"}));
    TRY(aws::Await<Unit>(
        [&](aws::Done<Unit> done) { opened.client->PurgeQueue(opened.url, std::move(done)); }));
    Print(context.json ? fmt::format("{{\"purged\":{}}}", JsonString(opened.url))
                       : "purged " + opened.url);
    return Ok();
  });
}

using Verb = Result<> (*)(const Flags&, Context&);

CLI::App* AddVerb(CLI::App& queue, Context& context, const std::shared_ptr<Flags>& flags,
                  const char* name, const char* help, Verb verb) {
  CLI::App* const command = queue.add_subcommand(name, help);
  command->add_option("QUEUE", flags->positional, "Name or URL; default: the config's");
  command->add_option("--queue", flags->queue, "Name or URL, as QUEUE");
  command->add_option("--endpoint", flags->endpoint, "Where SQS answers: http://127.0.0.1:4566");
  command->add_option("--region", flags->region, "Else the environment's");
  command->callback([flags, &context, verb] {
    if (const Result<> result = verb(*flags, context); !result.ok()) context.Fail(result.error());
    if (std::fflush(stdout) != 0 && context.exit_code == kDone) {
      context.Fail(Fatal("standard output takes no more"));
    }
  });
  return command;
}

}  // namespace

void AddQueueVerbs(CLI::App& queue, Context& context) {
  const auto flags = std::make_shared<Flags>();
  const auto add = [&](const char* name, const char* help, Verb verb) {
    return AddVerb(queue, context, flags, name, help, verb);
  };
  add("create", "Create a queue, or find that it is there", Create)
      ->add_option("--attribute", flags->attributes, "Name=Value, as SQS names them; repeatable")
      ->allow_extra_args(false);
  CLI::App* const send = add("send", "Send one message: the body comes from stdin", Send);
  send->add_option("--body", flags->body, "The body; others may see it, so for made-up data only");
  send->add_option("--attribute", flags->attributes,
                   "Name=Value, a message attribute of type String; repeatable")
      ->allow_extra_args(false);
  send->add_option("--deduplication-id", flags->grouping.deduplication_id,
                   "On a FIFO queue; default: one of its own")
      ->type_name("TEXT");
  CLI::App* const load = add("load", "Send many messages from a file", Load);
  load->add_option("--file", flags->file,
                   "JSON array, NDJSON or a folder of them, .gz too; - is stdin")
      ->type_name("FILE")
      ->required();
  load->add_option("--group-from", flags->grouping.pointer,
                   "Where in each body its message group stands, for example /user_id")
      ->type_name("POINTER");
  for (CLI::App* const command : {send, load}) {
    command->add_option("--group", flags->grouping.group, "The message group, on a FIFO queue")
        ->type_name("TEXT");
  }
  CLI::App* const receive =
      add("receive", "Receive messages and print them, one JSON object a line", Receive);
  receive->add_flag("--delete", flags->remove, "Delete what was printed");
  CLI::App* const peek = add("peek", "Print messages and leave them visible", Peek);
  for (CLI::App* const command : {receive, peek}) {
    command->add_option("--max", flags->max, "Print at most so many messages");
    command->add_option("--wait", flags->wait, "Wait for the first, up to 20s");
  }
  add("stats", "Print the queue's attributes", Stats);
  add("purge", "Delete every message of the queue", Purge);
  AddRedrive(queue, context);
}

}  // namespace bauta::cli
