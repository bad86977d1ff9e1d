import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.Credentials;
import java.sql.SQLException;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.rds.RdsUtilities;

/** A HikariCP pool of pgjdbc's connections, each with a token of its own: it is good for fifteen minutes. */
public class Pool {
    public static void main(String[] arguments) {
        Map<String, String> env = System.getenv();
        String host = env.get("PGHOST");
        int port = Integer.parseInt(env.get("PGPORT"));
        String user = env.get("PGUSER");

        RdsUtilities utilities = RdsUtilities.builder()
            .region(Region.of(env.get("AWS_REGION")))
            .credentialsProvider(DefaultCredentialsProvider.builder().build())
            .build();

        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:postgresql://" + host + ":" + port + "/" + env.get("PGDATABASE"));
        config.addDataSourceProperty("sslmode", env.get("PGSSLMODE"));
        config.addDataSourceProperty("sslrootcert", env.get("PGSSLROOTCERT"));
        // Asked before every new connection.
        config.setCredentialsProvider(() -> Credentials.of(user, utilities.generateAuthenticationToken(
            request -> request.hostname(host).port(port).username(user))));

        try (var pool = new HikariDataSource(config);
             var connection = pool.getConnection();
             var rows = connection.createStatement().executeQuery("SELECT current_user")) {
            rows.next();
            System.out.println(rows.getString(1));
        } catch (SQLException | RuntimeException refusal) {
            System.err.println(refusal.getMessage());
            System.exit(1);
        }
    }
}
