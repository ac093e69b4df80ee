#include "cli/run.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>
#include <utility>

#include "aws/endpoint.h"
#include "aws/environment.h"
#include "base/text.h"
#include "cli/dry_run_sink.h"
#include "cli/live_ring.h"
#include "cli/progress.h"
#include "cli/vault_wiring.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "keys/key_ring.h"
#include "pg/connection.h"
#include "schema/grants.h"
#include "schema/registry.h"
#include "sinks/postgres_sink.h"
#include "sources/sqs_source.h"

namespace bauta::cli {
namespace {

using std::chrono::milliseconds;

// All that a run stands on; the parts that outlive the pipeline.
struct Parts {
  std::unique_ptr<LiveRing> ring;             // The mappers derive from it.
  std::unique_ptr<vault::KnownTokens> known;  // The sinks share it, and the aliases.
  std::unique_ptr<vault::KnownTokens> aliases;
  std::unique_ptr<Source> source;
  std::vector<Pipeline::Worker> workers;
};

// Empties expired parts of the ledger now and then, on the connection of one worker.
class HousekeepingSink : public Sink {
 public:
  explicit HousekeepingSink(std::unique_ptr<sinks::PostgresSink> sink) : sink_(std::move(sink)) {}

  static constexpr std::chrono::seconds kSeldom{3600}, kSoon{1};

  Result<Written> Write(Batch& batch) override {
    Result<Written> written = sink_->Write(batch);
    if (written.ok() && SystemClock().SteadyNow() >= next_) {
      const Result<bool> more = sink_->Expire();
      if (!more.ok()) log::Warn("sink", "could not expire the ledger: " + more.error().message);
      const bool soon = more.ok() && *more;
      next_ = SystemClock().SteadyNow() + (soon ? kSoon : kSeldom);
    }
    return written;
  }

 private:
  std::unique_ptr<sinks::PostgresSink> sink_;
  SteadyTime next_ = SystemClock().SteadyNow() + std::chrono::minutes(1);
};

schema::NewTokens NewTokens(const RunOptions& options) {
  return options.accept_new_tokens ? schema::NewTokens::kAccept : schema::NewTokens::kRefuse;
}

// A run that ends by itself should not end a whole long poll late.
std::chrono::seconds PollTime(const RunOptions& options) {
  const bool ends =
      options.until_empty || options.idle || options.max_duration || options.max_messages > 0;
  return ends ? std::chrono::seconds(1) : sources::SqsOptions().wait;
}

Result<std::unique_ptr<Source>> OpenSource(const config::Config& config, const LiveRing& ring,
                                           const RunOptions& options) {
  const aws::Wishes wishes{config.source.queue, config.source.region, config.source.endpoint};
  sources::SqsOptions source;
  source.max_messages = config.source.max_messages;
  source.max_bytes = config.source.max_bytes;
  if (options.max_messages > 0) source.limit = options.max_messages;
  source.wait = PollTime(options);
  source.system_attributes = SystemAttributesOf(config.mapping);
  if (config.source.queue.ends_with(".fifo")) {  // The source asks by itself, and once is enough.
    std::erase(source.system_attributes, "MessageGroupId");
  }
  source.verify = TRY(ReadNotes(config, ring));
  std::unique_ptr<sources::SqsSource> opened =
      TRY(sources::SqsSource::Open(wishes, source, aws::SystemEnvironment()));
  return std::unique_ptr<Source>(std::move(opened));
}

// A queue that is far away is asked by hundreds of calls at once, each on a connection of its own;
// the usual limit is 1,024.
void AllowManyConnections() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = std::min(files.rlim_max, std::max<rlim_t>(files.rlim_cur, 4096));
  setrlimit(RLIMIT_NOFILE, &files);
}

// As it is seen in pg_stat_activity and in bauta.batch: "12@host".
std::string InstanceName() {
  char host[256] = {};
  if (gethostname(host, sizeof host - 1) != 0) return fmt::format("{}@?", getpid());
  return fmt::format("{}@{}", getpid(), host);
}

Result<std::unique_ptr<Sink>> OpenSink(const config::Config& config, const RunOptions& options,
                                       const keys::Recipient& recipient, const TableSchema& table,
                                       const std::optional<vault::VaultWriter::Options>& vault,
                                       const Parts& parts, std::size_t number) {
  std::vector<std::string> columns = ColumnNames(config.mapping);
  if (options.dry_run) return std::unique_ptr<Sink>(std::make_unique<DryRunSink>(columns));

  sinks::PostgresSink::Options sink;
  const std::string instance = InstanceName();
  sink.connect = {.url = config.target.url, .application_name = "bauta " + instance};
  sink.pipeline = config.pipeline;
  sink.table = table;
  sink.columns = std::move(columns);
  sink.recipient = recipient.id;
  sink.recipient_key = recipient.pk;
  sink.vault = vault;
  sink.pii_apart = PiiApart(config, "bauta " + instance);
  sink.known_aliases = parts.aliases.get();
  sink.still_fits = [&config, &ring = *parts.ring,
                     new_tokens = NewTokens(options)](pg::Connection& connection) {
    return schema::Compare(connection, MakeRegistry(config, *ring.Get()), new_tokens);
  };
  sink.primary = [&ring = *parts.ring] { return ring.Get()->primary().kid; };
  sink.worker = fmt::format("{}/{}", instance, number);
  std::unique_ptr<sinks::PostgresSink> opened = TRY(sinks::PostgresSink::Open(std::move(sink)));
  if (number > 1) return std::unique_ptr<Sink>(std::move(opened));
  return std::unique_ptr<Sink>(std::make_unique<HousekeepingSink>(std::move(opened)));
}

Result<Parts> OpenParts(const config::Config& config, const RunOptions& options, Blame& blame,
                        const keys::Unwrap& unwrap) {
  Parts parts;
  parts.ring = std::make_unique<LiveRing>(TRY(LoadKeyRing(config, blame, unwrap)));
  const std::shared_ptr<const keys::KeyRing> held = parts.ring->Get();
  const keys::KeyRing& ring = *held;
  const keys::Recipient recipient = TRY(QuarantineRecipient(config, ring, blame));
  pg::Connection connection = TRY(Connect(config, blame));
  const TableSchema table = TRY(ReadTarget(connection, config, blame));
  parts.known = std::make_unique<vault::KnownTokens>();
  parts.aliases = std::make_unique<vault::KnownTokens>();
  const std::optional<vault::VaultWriter::Options> vault =
      TRY(OpenVault(config, ring, connection, *parts.known, blame, "bauta " + InstanceName()));
  if (IsRotating(config, ring)) {
    TRY(blame.On(config::codes::kVault, paths::kUrl, schema::CheckVault(connection)));
  }
  const auto compare_registry = [&] {
    return CompareRegistry(connection, MakeRegistry(config, ring), NewTokens(options), blame);
  };
  TRY(compare_registry());

  const MapperMaker make = [&config, table](const keys::KeyRing& of) {
    Blame unused;
    return MakeMapper(config, of, table, unused);
  };
  for (std::size_t i = 1; i <= static_cast<std::size_t>(config.workers); ++i) {
    Pipeline::Worker worker;
    worker.mapper = FollowRing(*parts.ring, make, TRY(MakeMapper(config, ring, table, blame)));
    worker.sink = TRY(blame.On(config::codes::kTable, paths::kTable,
                               OpenSink(config, options, recipient, table, vault, parts, i)));
    parts.workers.push_back(std::move(worker));
  }
  TRY(keys::CheckLocked(config.require_mlock));  // Each worker has states of its own.
  TRY(compare_registry());                       // Again: from here on the sinks see what changes.
  parts.source =
      TRY(blame.On(config::codes::kQueue, paths::kQueue, OpenSource(config, *parts.ring, options)));
  return parts;
}

// With --wait: until everything answers, also what a person may still be making (queue, schema).
Result<Parts> OpenPartsWaiting(const config::Config& config, const RunOptions& options,
                               Blame& blame, const std::stop_token& stop) {
  const SteadyTime give_up = SystemClock().SteadyNow() + options.wait.value_or(milliseconds(0));
  log::RateLimit limit(std::chrono::seconds(10));
  const keys::Unwrap unwrap = UnwrapByKms();  // KMS is asked once, however long the rest takes.
  while (true) {
    Result<Parts> parts = OpenParts(config, options, blame, unwrap);
    if (parts.ok() || SystemClock().SteadyNow() >= give_up || stop.stop_requested()) return parts;
    if (limit.Pass()) log::Info("run", "waiting: " + parts.error().message);
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait_for(lock, stop, milliseconds(500), [] { return false; });
  }
}

Pipeline::Options PipelineOptions(const config::Config& config, const RunOptions& options) {
  Pipeline::Options out;
  out.batch_rows = config.target.batch_rows;
  out.batch_bytes = config.target.batch_bytes;
  out.batch_age = config.target.batch_age;
  out.stop_above = options.dry_run ? 1 : config.quarantine.stop_above;
  out.until_empty = options.until_empty;
  out.idle = options.idle;
  out.max_messages = options.max_messages;
  out.max_duration = options.max_duration;
  out.grace = config.grace;
  out.block_groups = config.source.block_groups && !options.dry_run;
  out.release_all = options.dry_run;
  return out;
}

std::uint64_t Rate(const Pipeline& pipeline, const RunCounts& counts) {
  const double seconds = static_cast<double>(pipeline.Elapsed().count()) / 1000;
  return static_cast<std::uint64_t>(seconds > 0 ? static_cast<double>(counts.committed) / seconds
                                                : 0);
}

std::string ProgressLine(const Pipeline& pipeline) {
  const RunCounts counts = pipeline.Counts();
  return fmt::format("{} committed, {} quarantined, {} messages/s", WithCommas(counts.committed),
                     WithCommas(counts.quarantined), WithCommas(Rate(pipeline, counts)));
}

void LogProgress(const Pipeline& pipeline) {
  const RunCounts counts = pipeline.Counts();
  log::Info("run", "progress",
            {{"received", counts.received},
             {"committed", counts.committed},
             {"redelivered", counts.redelivered},
             {"quarantined", counts.quarantined},
             {"messages_per_second", Rate(pipeline, counts)}});
}

void SayStopping(bool on_terminal, std::chrono::seconds poll) {
  const std::string text = fmt::format(
      "stopping: waiting for open receives, up to {} s; again to quit at once", poll.count());
  if (on_terminal) {
    fmt::print(stderr, "{}\n", text);
  } else {
    log::Info("run", text);
  }
}

// Ends the process when the run does not end by itself after a stop: something hangs.
std::jthread Watchdog(std::stop_token stop, milliseconds grace) {
  return std::jthread([stop = std::move(stop), grace](const std::stop_token& done) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any waiting;
    const std::stop_callback wake(stop, [&waiting] { waiting.notify_all(); });
    while (!stop.stop_requested() && !done.stop_requested()) {
      waiting.wait_for(lock, done, std::chrono::seconds(1), [&] { return stop.stop_requested(); });
    }
    if (done.stop_requested()) return;
    waiting.wait_for(lock, done, grace + std::chrono::seconds(3), [] { return false; });
    if (done.stop_requested()) return;
    log::Error("run", "did not drain within the grace; what was held comes back by itself");
    _exit(kFailed);
  });
}

}  // namespace

Result<RunSummary> RunPipeline(const config::Config& config, const RunOptions& options,
                               Context& context, std::stop_token stop) {
  AllowManyConnections();
  const std::jthread watchdog = Watchdog(stop, config.grace);
  Parts parts = TRY(OpenPartsWaiting(config, options, context.blame, stop));
  const RingReader reader(config, *parts.ring, NewTokens(options));
  Pipeline pipeline(*parts.source, std::move(parts.workers), PipelineOptions(config, options));
  std::optional<Pipeline::Outcome> outcome;
  {
    const bool in_place = context.Interactive() && config.log_format != log::Format::kJson;
    std::optional<Progress> progress;
    if (options.progress && !context.quiet) {
      progress.emplace(
          in_place, [&] { return ProgressLine(pipeline); }, [&] { LogProgress(pipeline); });
    }
    const std::stop_callback stopping(stop, [&] {
      if (progress) progress->End();
      if (!context.quiet) SayStopping(in_place, PollTime(options));
    });
    outcome = pipeline.Run(std::move(stop));
  }
  return RunSummary{pipeline.Counts(), pipeline.Elapsed(), parts.source->requests(),
                    outcome->stopped,  outcome->error,     outcome->drained};
}

}  // namespace bauta::cli
