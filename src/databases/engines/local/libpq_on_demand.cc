// libpq's functions, loaded with the library at their first call (base/on_demand.h).
#include <libpq-fe.h>

#include "base/on_demand.h"

#define LIBPQ "libpq.so.5"

ON_DEMAND(LIBPQ, PGconn*, PQconnectdbParams,
          (const char* const* names, const char* const* values, int expand), (names, values, expand))
ON_DEMAND(LIBPQ, PGPing, PQpingParams, (const char* const* names, const char* const* values, int expand),
          (names, values, expand))
ON_DEMAND(LIBPQ, PQnoticeReceiver, PQsetNoticeReceiver,
          (PGconn * connection, PQnoticeReceiver receiver, void* argument), (connection, receiver, argument))
ON_DEMAND(LIBPQ, ConnStatusType, PQstatus, (const PGconn* connection), (connection))
ON_DEMAND(LIBPQ, int, PQsocket, (const PGconn* connection), (connection))
ON_DEMAND(LIBPQ, int, PQserverVersion, (const PGconn* connection), (connection))
ON_DEMAND(LIBPQ, char*, PQerrorMessage, (const PGconn* connection), (connection))
ON_DEMAND(LIBPQ, void, PQfinish, (PGconn * connection), (connection))
ON_DEMAND(LIBPQ, int, PQsendQuery, (PGconn * connection, const char* query), (connection, query))
// NOLINTNEXTLINE(readability-function-size): libpq's own parameters
ON_DEMAND(LIBPQ, int, PQsendQueryParams,
          (PGconn * connection, const char* query, int count, const Oid* types, const char* const* values,
           const int* lengths, const int* formats, int format),
          (connection, query, count, types, values, lengths, formats, format))
ON_DEMAND(LIBPQ, int, PQisBusy, (PGconn * connection), (connection))
ON_DEMAND(LIBPQ, int, PQconsumeInput, (PGconn * connection), (connection))
ON_DEMAND(LIBPQ, PGresult*, PQgetResult, (PGconn * connection), (connection))
ON_DEMAND(LIBPQ, ExecStatusType, PQresultStatus, (const PGresult* result), (result))
ON_DEMAND(LIBPQ, char*, PQresultErrorField, (const PGresult* result, int field), (result, field))
ON_DEMAND(LIBPQ, int, PQntuples, (const PGresult* result), (result))
ON_DEMAND(LIBPQ, int, PQnfields, (const PGresult* result), (result))
ON_DEMAND(LIBPQ, char*, PQgetvalue, (const PGresult* result, int row, int column), (result, row, column))
ON_DEMAND(LIBPQ, int, PQgetlength, (const PGresult* result, int row, int column), (result, row, column))
ON_DEMAND(LIBPQ, void, PQclear, (PGresult * result), (result))
ON_DEMAND(LIBPQ, char*, PQescapeIdentifier, (PGconn * connection, const char* text, size_t length),
          (connection, text, length))
ON_DEMAND(LIBPQ, char*, PQescapeLiteral, (PGconn * connection, const char* text, size_t length),
          (connection, text, length))
ON_DEMAND(LIBPQ, void, PQfreemem, (void* memory), (memory))
