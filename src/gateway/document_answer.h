// Answers as one document: JSON for the awsJson protocols and for audit records, CBOR for Smithy's RPC v2.
// One answer, one thread. Source: Smithy, "AWS JSON 1.0/1.1 protocol" and "RPC v2 CBOR protocol"; RFC 8949.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/answer_writer.h"

namespace countersign::gateway {

// Keeps count of what is open and of the names in it; how each thing looks is for the two below.
class DocumentAnswer : public AnswerWriter {
public:
    void open_structure(std::string_view name) override { open(name, Kind::map); }
    void open_list(std::string_view name) override { open(name, Kind::list); }
    void open_map(std::string_view name) override { open(name, Kind::map); }
    void open_entry(std::string_view key_name, std::string_view key) override;
    void close_entry() override {}
    void close() override;

    void text(std::string_view name, std::string_view value) override;
    void flag(std::string_view name, bool value) override;
    void whole(std::string_view name, std::int64_t value) override;
    void real(std::string_view name, double value) override;
    void instant(std::string_view name, Instant value, TimeForm form) override;
    void bytes(std::string_view name, std::string_view value) override;

    // With what is still open closed.
    std::string finish() &&;

protected:
    enum class Kind { map, list };

    DocumentAnswer() = default;
    std::string out_;

private:
    virtual void begin(Kind kind) = 0;
    virtual void end(Kind kind) = 0;
    virtual void separate() = 0;  // from the value before, in the same list or map
    virtual void put_key(std::string_view key) = 0;
    virtual void put_text(std::string_view value) = 0;
    virtual void put_flag(bool value) = 0;
    virtual void put_whole(std::int64_t value) = 0;
    virtual void put_real(double value) = 0;
    virtual void put_instant(Instant value) = 0;
    virtual void put_bytes(std::string_view value) = 0;

    void open(std::string_view name, Kind kind);
    void announce(std::string_view name);

    struct Frame {
        Kind kind;
        bool empty = true;
    };
    std::vector<Frame> open_;
    std::optional<std::string> entry_key_;
};

enum class Naming { as_modelled, lower_first };

// With `lower_first` it is what CloudTrail shows of a request: names begin with a small letter, times are
// texts and secrets are not shown.
class JsonAnswer : public DocumentAnswer {
public:
    explicit JsonAnswer(Naming naming = Naming::as_modelled);
    bool is_record() const override { return naming_ == Naming::lower_first; }
    void secret(std::string_view name, std::string_view value) override;

private:
    void begin(Kind kind) override { out_ += kind == Kind::map ? '{' : '['; }
    void end(Kind kind) override { out_ += kind == Kind::map ? '}' : ']'; }
    void separate() override { out_ += ','; }
    void put_key(std::string_view key) override;
    void put_text(std::string_view value) override;
    void put_flag(bool value) override { out_ += value ? "true" : "false"; }
    void put_whole(std::int64_t value) override { out_ += std::to_string(value); }
    void put_real(double value) override;
    void put_instant(Instant value) override;
    void put_bytes(std::string_view value) override;

    const Naming naming_;
};

class CborAnswer : public DocumentAnswer {
public:
    CborAnswer();

private:
    void begin(Kind kind) override;
    void end(Kind kind) override;
    void separate() override {}
    void put_key(std::string_view key) override { put_text(key); }
    void put_text(std::string_view value) override;
    void put_flag(bool value) override;
    void put_whole(std::int64_t value) override;
    void put_real(double value) override;
    void put_instant(Instant value) override;
    void put_bytes(std::string_view value) override;
};

}  // namespace countersign::gateway
