import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.rds.RdsUtilities;

/** Logs in with pgjdbc, with a token of the SDK as the password. */
public class Pgjdbc {
    public static void main(String[] arguments) {
        Map<String, String> env = System.getenv();
        String host = env.get("PGHOST");
        int port = Integer.parseInt(env.get("PGPORT"));

        RdsUtilities utilities = RdsUtilities.builder()
            .region(Region.of(env.get("AWS_REGION")))
            .credentialsProvider(DefaultCredentialsProvider.builder().build())
            .build();
        String token = utilities.generateAuthenticationToken(
            request -> request.hostname(host).port(port).username(env.get("PGUSER")));

        Properties properties = new Properties();
        properties.setProperty("user", env.get("PGUSER"));
        properties.setProperty("password", token);
        properties.setProperty("sslmode", env.get("PGSSLMODE"));
        properties.setProperty("sslrootcert", env.get("PGSSLROOTCERT"));
        String url = "jdbc:postgresql://" + host + ":" + port + "/" + env.get("PGDATABASE");

        try (var connection = DriverManager.getConnection(url, properties);
             var rows = connection.createStatement().executeQuery("SELECT current_user")) {
            rows.next();
            System.out.println(rows.getString(1));
        } catch (SQLException refusal) {
            System.err.println(refusal.getMessage());
            System.exit(1);
        }
    }
}
