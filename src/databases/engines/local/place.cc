#include "databases/engines/local/place.h"

#include "base/files.h"
#include "formats/record.h"

namespace countersign::databases::local {

namespace {

constexpr std::size_t place_bytes_max = 1024;

}  // namespace

Result<void> note_place(const ServerHome& home, const model::Place& place) {
    return replace_file(home.place(), formats::to_record(place), Durability::none);
}

std::optional<model::Place> place_in(const ServerHome& home) {
    const Result<std::string> text = read_file(home.place(), place_bytes_max);
    if (!text) return std::nullopt;
    const Result<model::Place> place = formats::from_record<model::Place>(*text);
    return place ? std::optional(*place) : std::nullopt;
}

}  // namespace countersign::databases::local
