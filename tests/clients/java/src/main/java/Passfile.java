import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;

/** Connects with pgjdbc as often as it reads a line, each time anew; the password is that of PGPASSFILE. */
public class Passfile {
    public static void main(String[] arguments) throws java.io.IOException {
        Map<String, String> env = System.getenv();
        Properties properties = new Properties();
        properties.setProperty("user", env.get("PGUSER"));
        properties.setProperty("sslmode", env.get("PGSSLMODE"));
        properties.setProperty("sslrootcert", env.get("PGSSLROOTCERT"));
        String url = "jdbc:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT") + "/" + env.get("PGDATABASE");

        var lines = new BufferedReader(new InputStreamReader(System.in));
        while (lines.readLine() != null) {
            try (var connection = DriverManager.getConnection(url, properties);
                 var rows = connection.createStatement().executeQuery("SELECT current_user")) {
                rows.next();
                System.out.println(rows.getString(1));
            } catch (SQLException refusal) {
                System.out.println("refused: " + refusal.getMessage());
            }
        }
    }
}
