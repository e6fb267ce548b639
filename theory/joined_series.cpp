#include "theory/joined_series.h"

#include <cmath>

#include "theory/smooth_curve.h"

namespace othello {
namespace {

constexpr std::size_t kLeastPoints = 5;

/// Rows of a document whose checkpoint is in the series, in its order.
template <class Take>
Json rows_of(const Json& rows, const std::vector<SeriesCheckpoint>& series, const Take& take) {
  Json found = Json::array();
  for (const auto& checkpoint : series)
    for (const auto& row : rows)
      if (row.at("checkpoint") == checkpoint.name) take(checkpoint, row, found);
  return found.empty() ? Json(nullptr) : found;
}

template <class Read>
auto read_or_fail(const std::string& command, const std::string& file, const Read& read) {
  try {
    return read();
  } catch (const Json::exception&) {
    fail("{}: it is no result of 'othello-gpt {}'; make it anew or remove it", file, command);
  }
}

}  // namespace

bool is_of_model(const Json& document, const std::string& sha256, const std::string& command, const std::string& file) {
  return read_or_fail(command, file, [&] { return document.at("model").at("sha256").get<std::string>() == sha256; });
}

Json joined_llc(const Json& document, const std::vector<SeriesCheckpoint>& series, const std::string& file) {
  return read_or_fail("llc", file, [&]() -> Json {
    return rows_of(document.at("estimates"), series, [](const auto& checkpoint, const Json& row, Json& found) {
      if (row.at("component") != "all" || row.at("subset") != "all") return;
      const auto& llc = row.at("llc");
      Json point{{"games", checkpoint.games}, {"valid", row.at("valid").get<bool>() && !llc.is_null()}};
      for (const char* field : {"mean", "low", "high"}) point[field] = llc.is_null() ? Json(nullptr) : llc.at(field);
      point["decayed"] = row.value("decayed", Json(nullptr));
      found.push_back(point);
    });
  });
}

Json joined_velocity(const Json& document, const std::vector<SeriesCheckpoint>& series, const std::string& file) {
  return read_or_fail("ntk", file, [&]() -> Json {
    const auto& training = document.at("training");
    if (training.is_null()) return nullptr;
    return rows_of(training, series, [](const auto& checkpoint, const Json& row, Json& found) {
      if (row.at("velocity").is_null()) return;
      found.push_back({{"games", checkpoint.games}, {"value", row.at("velocity").get<double>()}});
    });
  });
}

Json stages_by(const std::string& by, const std::vector<double>& games, const std::vector<double>& values, double ahead,
               bool turning) {
  if (games.size() < kLeastPoints) return nullptr;
  std::vector<double> x;
  for (const double g : games) x.push_back(std::log10(g + ahead));
  const SmoothCurve curve(x, values);
  Json boundaries = Json::array();
  for (const double place : turning ? turning_points(curve) : knees(curve))
    boundaries.push_back(std::max(0.0, std::pow(10.0, place) - ahead));
  return {{"by", by},
          {"method", turning ? "turning points" : "knees"},
          {"boundaries", boundaries},
          {"length", curve.length()},
          {"noise", curve.noise()},
          {"points", games.size()}};
}

Json stages_by_llc(const Json& llc, double ahead) {
  std::vector<double> games, values;
  std::int64_t decayed = 0;
  for (const auto& point : llc) {  // none if null
    if (!point.at("valid").get<bool>()) continue;
    games.push_back(point.at("games"));
    values.push_back(point.at("mean"));
    decayed += point.at("decayed") == true;
  }
  auto stages = stages_by("llc", games, values, ahead, true);
  if (!stages.is_null()) stages["decayed"] = decayed;
  return stages;
}

}  // namespace othello
