// What one message costs from body to row: the exercise's event, with and without its two masks.
#include <benchmark/benchmark.h>

#include <string>

#include "fakes/mapping.h"
#include "mapping/event_mapper.h"
#include "mapping/event_reader.h"

namespace bauta {
namespace {

constexpr const char* kBody =
    R"({"user_id": "424cdd21-063a-43a7-b91b-7ca1a833afae", "app_version": "2.3.0", )"
    R"("device_type": "android", "ip": "192.0.2.111", "locale": "RU", )"
    R"("device_id": "593-47-5928"})";

struct Logins {
  void Add(const char* column, const char* from, ColumnType type) {
    Column described = fakes::MakeColumn(type, type == ColumnType::kVarchar ? 256 : 0);
    described.name = column;
    table.columns.push_back(described);
    rules.columns.push_back(fakes::MakeRule(column, from));
    maskers.emplace_back();
  }
  void AddId(const char* column, const char* from, masking::Form form, bool masked) {
    Add(column, from, ColumnType::kVarchar);
    if (!masked) return;
    rules.columns.back().mask = MaskRule();
    masking::TokenMask::Options options;
    options.kid = "k1";
    options.form = form;
    options.keys.key = crypto::SecretBytes(32);
    maskers.back().emplace(masking::TokenMask::Make(std::move(options)).value());
  }

  explicit Logins(bool masked, OnLeak on_leak = OnLeak::kWarn) {
    rules.on_leak = on_leak;
    Add("user_id", "/user_id", ColumnType::kVarchar);
    Add("device_type", "/device_type", ColumnType::kVarchar);
    AddId("masked_ip", "/ip", masking::Form::kIp1, masked);
    AddId("masked_device_id", "/device_id", masking::Form::kStr1, masked);
    Add("locale", "/locale", ColumnType::kVarchar);
    Add("app_version", "/app_version", ColumnType::kInt32);
    rules.columns.back().as = ReadAs::kVersion;
    Add("create_date", "/create_date", ColumnType::kDate);
    rules.columns.back().default_value = DefaultValue{DefaultValue::Kind::kSentAt, ""};
    mapper =
        mapping::EventMapper::Make({.rules = rules, .table = table, .maskers = std::move(maskers)})
            .value();
  }

  MappingRules rules;
  TableSchema table{"public", "user_logins", {}};
  std::vector<std::optional<masking::ColumnMasker>> maskers;
  std::unique_ptr<mapping::EventMapper> mapper;
};

constexpr std::size_t kBatch = 5000;

// A batch at a time, as a worker does; messages are made while the clock stands.
void MapLogins(benchmark::State& state, bool masked, OnLeak on_leak = OnLeak::kWarn) {
  Logins logins(masked, on_leak);
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<Message> messages(kBatch, fakes::MakeMessage(kBody));
    state.ResumeTiming();
    Batch batch;
    batch.deliveries.reserve(kBatch);
    batch.events.reserve(kBatch);
    for (Message& message : messages) logins.mapper->Map(message, batch);
    benchmark::DoNotOptimize(batch.events.back().row->values().data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kBatch));
}
void BM_MapMasked(benchmark::State& state) { MapLogins(state, true); }
void BM_MapUnguarded(benchmark::State& state) { MapLogins(state, true, OnLeak::kIgnore); }
void BM_MapStrictlyGuarded(benchmark::State& state) { MapLogins(state, true, OnLeak::kQuarantine); }
void BM_MapPlain(benchmark::State& state) { MapLogins(state, false); }

void BM_ReadEvent(benchmark::State& state) {
  const Logins logins(false);
  mapping::EventReader reader(logins.rules.columns);
  const std::string body = kBody;
  for (auto _ : state) benchmark::DoNotOptimize(reader.Read(body));
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(BM_MapMasked)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_MapUnguarded)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_MapStrictlyGuarded)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_MapPlain)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ReadEvent);

}  // namespace
}  // namespace bauta
