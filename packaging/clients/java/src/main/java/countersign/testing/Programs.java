package countersign.testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** Where the programs are that are started. */
final class Programs {
    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

    private Programs() {}

    static String countersign() {
        String named = System.getenv("COUNTERSIGN_PROGRAM");
        if (named != null && !named.isEmpty()) return named;
        return onPath("countersign").orElseThrow(() -> new CountersignException(
                "there is no program countersign on the PATH; name it with COUNTERSIGN_PROGRAM"));
    }

    /** Of the PATH, or of the newest PostgreSQL where Debian puts them. */
    static String psql() {
        return onPath("psql").or(Programs::newestPsql).orElseThrow(() -> new CountersignException("there is no program psql"));
    }

    private static Optional<String> onPath(String name) {
        return Stream.of(Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator))
                .filter(place -> !place.isEmpty())
                .map(place -> Path.of(place, name))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    private static Optional<String> newestPsql() {
        try (Stream<Path> versions = Files.list(DEBIAN)) {
            return versions.filter(one -> one.getFileName().toString().matches("\\d+"))
                    .sorted(Comparator.comparing((Path one) -> Integer.valueOf(one.getFileName().toString())).reversed())
                    .map(one -> one.resolve("bin/psql"))
                    .filter(Files::isExecutable)
                    .map(Path::toString)
                    .findFirst();
        } catch (IOException none) {
            return Optional.empty();
        }
    }
}
