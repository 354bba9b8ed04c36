"""What unwanted comments ask for: phrases in the languages we know, by the kind of asking.

They are of our own writing, from what any site with comments gets to see; a language more is a row more.
"""

# Look-alikes of Latin letters are meant as they are.
# ruff: noqa: RUF001

LOOK = "look"
FOLLOW = "follow"
MINE = "mine"
MONEY = "money"
GOODS = "goods"
ADULT = "adult"
CONTACT = "contact"
FLATTERY = "flattery"

# _ is the edge of a word; without it the word may go on.
PHRASES = {
    LOOK: """
        _check out |_check it |_check this |_check my |_check our |_visit_ |_visit my |_click_
        |_have a look |_take a look |_look at my |_look at our |_go to my |_come to my |_listen to my
        |_watch my |_see my |_find me_ |_search for |_go check |_schau vorbei |_schaut vorbei
        |_schaut mal |_besuche_ |_besuchen sie |_klick_ |_klicke |_klickt_ |_seht euch |_cliquez
        |_clique_ |_visitez |_allez voir |_venez voir |_venez decouvrir |_visita_ |_visiten_ |_visitad_
        |_haz clic |_clic aqui |_mira mi |_echa un vistazo |_pasate por |_entra en |_visite_
        |_clique aqui |_confira |_veja meu |_acesse_ |_clicca |_visitate |_date un'occhiata |_passate a
        |_kliknij |_zobacz_ |_odwiedz |_sprawdz_ |_tikla |_ziyaret |_bezoek_ |_klik_ |_bekijk mijn
        |_перейди |_переход |_посети |_посмотри |_загляни |_заходи |_жми_ |_нажми |_кликни |_по ссылке
        |_гляньте |点击 |點擊 |访问 |请看 |看看我 |来看 |进入 |戳我 |クリック |見てね |見てください
        |こちらから |클릭 |방문하 |_اضغط |_زوروا |_زيارة |_شاهدوا |_ادخل على |_الرابط |_لينक
        |_यहाँ क्लिक |_переходь |_переходьте |_за посиланням |_натисн |_πατηστε |_κλικ |_επισκεφ |_לחצו
        |_היכנסו |_کلیک |_लिंक |_क्लिक |คลิก |_bấm vào |_ghé thăm |_klik di |_kunjungi
    """,
    FOLLOW: """
        _subscribe |_subscription |_sub me_ |_sub to_ |_sub my_ |_sub back |_sub4sub |_follow me_
        |_follow my_ |_follow us |_follow back |_add me_ |_join us_ |_join me_ |_join my_ |_join our
        |_vote for |_share my |_share this |_like my |_support me_ |_support my |_abonnier |_folgt mir
        |_folge mir |_folgt uns |_abonnez |_abonne toi |_suivez |_rejoignez |_suscrib |_sigueme
        |_siganme |_unete |_inscreva |_siga me_ |_siga o_ |_iscriv |_seguimi |_seguitemi |_subskryb
        |_obserwuj |_abone ol |_takip et |_подпиш |_подпис |_вступай |_добавляй |关注 |關注 |订阅 |訂閱
        |加群 |入群 |登録して |フォローして |구독 |팔로우 |_اشترك |_تابعوا |_تابعني |_انضم |_підпиш
        |_εγγραφ |_ακολουθ |_הירשמו |_תירשמו |_עקבו |_دنبال |_सब्सक्राइब |_फॉलो |ติดตาม |_đăng ký kênh
        |_theo dõi |_ikuti
    """,
    MINE: """
        _my channel |_our channel |_my page_ |_our page_ |_my site |_my website |_our site_
        |_our website |_my blog |_our blog |_my profile |_my video |_my vids |_my music |_my song
        |_my new song |_my cover |_my instagram |_my facebook |_my shop |_our shop |_our store
        |_my store |_my link |_my bio_ |_our service |_our product |_our company |_our agency
        |_mein kanal |_meinen kanal |_meinem kanal |_meine seite |_unsere seite |_unserer seite
        |_unserer website |_mein blog |_meinem blog |_mein profil |_unser shop |_unseren shop
        |_unserem shop |_ma chaine |_mon site |_notre site |_mon blog |_ma page |_mon profil
        |_notre boutique |_mi canal |_mi pagina |_nuestro sitio |_nuestra pagina |_mi blog |_mi perfil
        |_nuestra tienda |_meu canal |_meu site |_nosso site |_minha pagina |_mio canale |_mio sito
        |_nostro sito |_moj kanal |_nasza strona |_nasz sklep |_moja strona |_kanalim |_sitemiz
        |_мой канал |_моем канале |_мой сайт |_моем сайте |_наш сайт |_нашем сайте |_наш магазин
        |_мой блог |_мой профиль |_моя страниц |我的频道 |我的网站 |我们的网站 |本站 |我的主页
        |私のチャンネル |私のブログ |当サイト |제 채널 |우리 사이트 |_قناتي |_موقعنا |_موقعي |_صفحتي
        |_متجرنا |_мій канал |_καναλι μου |_σελιδα μας |_הערוץ שלי |_לערוץ שלי |_האתר שלנו |_کانال من
        |_سایت ما |_मेरे चैनल |_हमारी वेबसाइट |_kênh của |_saluran saya
    """,
    MONEY: """
        _earn_ |_earning |_make money |_free money |_easy money |_cash_ |_income |_get paid |_invest
        |_profit |_bitcoin |_crypto |_forex |_trading signal |_loan_ |_loans_ |_credit score |_casino
        |_poker |_betting_ |_jackpot |_lottery |_win a_ |_prize |_giveaway |_gift card |_free gift
        |_work from home |_home based |_per day |_per week |_per hour |_payout |_geld verdienen
        |_verdiene_ |_verdienen sie |_kredit |_gewinnspiel |_gratis |_nebenverdienst
        |_passives einkommen |_gagner de l'argent |_gagnez |_credit rapide |_pret entre |_revenu
        |_ganar dinero |_gana dinero |_dinero facil |_prestamo |_inversion_ |_ganhar dinheiro
        |_ganhe dinheiro |_emprestimo |_guadagn |_prestito |_prestiti |_zarabia |_pozyczk |_kredyt
        |_para kazan |_kredi_ |_bahis |_заработ |_доход |_кредит |_займ |_казино |_ставки на |_выигр
        |_вложен |_биткоин |_инвест |_криптовалют |赚钱 |賺錢 |兼职 |贷款 |投资 |博彩 |赌场 |彩票 |红包
        |返利 |稼げ |稼ぐ |副業 |儲か |投資 |カジノ |돈 벌 |대출 |카지노 |토토 |_ربح المال |_اربح
        |_استثمار |_قرض |_قروض |_كازينو |_الدخل |_позик |_заробіт |_казіно |_δανει |_κερδιστε |_καζινο
        |_הלוואה |_קזינו |_רווח |_وام |_شرط بندی |_कमाई |_कमाएं |_लोन |คาสิโน |เงินกู้ |_vay tiền
        |_kiếm tiền |_pinjaman |_judi |_slot gacor
    """,
    GOODS: """
        _buy_ |_cheap_ |_cheapest |_discount |_coupon |_promo code |_order now |_best price
        |_lowest price |_for sale |_free shipping |_wholesale |_replica |_seo_ |_backlink |_essay writ
        |_pills_ |_viagra |_cialis |_weight loss |_keto |_pharmacy |_followers |_web design |_hack_
        |_hacker |_crack_ |_keygen |_generator |_kaufen |_billig |_rabatt |_gunstig |_guenstig
        |_bestellen |_achetez |_pas cher |_livraison gratuite |_compra_ |_comprar |_barato |_baratas
        |_descuento |_desconto |_acquista |_sconto |_offerta |_kupic_ |_tanie_ |_tanio |_satin al
        |_indirim |_ucuz |_купи |_дешев |_скидк |_заказать |_закажи |_по низк |_продаж |_доставк
        |_продвижени |购买 |优惠 |低价 |打折 |代购 |代写 |发票 |出售 |激安 |格安 |通販 |販売中 |割引
        |구매 |할인 |최저가 |_شراء |_خصم |_للبيع |_باسعار |_تسوق |_дешево |_знижк |_αγορα |_προσφορ
        |_מבצע |_הנחה |_خرید |_تخفیف |_खरीदें |ราคาถูก |_giá rẻ |_mua ngay |_murah
    """,
    ADULT: """
        _sex_ |_sexy girl |_hot girl |_porn |_nude |_dating_ |_hookup |_hot single |_single women
        |_webcam |_milf_ |_escort |_heisse frauen |_sexkontakt |_rencontre coquin |_plan cul |_sexo_
        |_chicas_ |_citas_ |_encontros_ |_incontri |_секс |_порно |_знакомств |_интим_ |_проститут
        |色情 |约炮 |裸聊 |一夜情 |出会い |エロ |성인 |_سكس |_جنس_ |_تعارف
    """,
    CONTACT: """
        _whatsapp |_whats app |_telegram |_email me_ |_mail me_ |_contact me_ |_contact him_
        |_contact us_ |_contact her_ |_dm me |_text me_ |_call me_ |_inbox me_ |_message me_ |_skype
        |_wechat |_viber |_kik me_ |_add me on |_kontaktiere |_schreib mir |_schreibt mir |_contactez
        |_ecrivez |_contactame |_contacta_ |_escribeme |_escribanos |_entre em contato |_contattami
        |_contattaci |_napisz do |_телеграм |_вотсап |_ватсап |_вацап |_пишите_ |_напиши мне
        |_обращайтесь |_в личк |_в лс |微信 |加我 |加薇 |薇信 |联系我 |扣扣 |ラインで |ご連絡 |카톡
        |텔레그램 |_واتساب |_تواصل معنا |_راسلني |_تلجرام |_пишіть |_τηλεφωνηστε |_צרו קשר |_تلگرام
        |_واتساپ |_संपर्क |_व्हाट्सएप |_liên hệ |_zalo_ |_hubungi
    """,
    FLATTERY: """
        _great post |_nice post |_great article |_nice article |_great blog |_nice blog |_awesome blog
        |_great site |_nice site |_great website |_informative |_thanks for sharing
        |_thank you for sharing |_keep up the |_very useful |_i bookmarked |_bookmark |_your blog
        |_your website |_your web site |_your site |_this web site |_your article |_toller artikel
        |_toller beitrag |_schoner beitrag |_super blog |_ihre seite |_ihre website |_excellent article
        |_tres bon article |_votre site |_votre blog |_excelente articulo |_gran articulo |_su blog
        |_tu blog |_su sitio |_otimo artigo |_seu blog |_ottimo articolo |_il tuo blog
        |_swietny artykul |_harika yazi |_отличная статья |_полезная статья |_интересная статья
        |_ваш блог |_ваш сайт |_вашем сайте |好文章 |不错的文章 |感谢分享 |谢谢分享 |贵站
        |素晴らしい記事 |参考になりました |좋은 글 |잘 보고 갑니다 |_مقال رائع |_موضوع رائع |_موقعك
        |_مدونتك |_чудова стаття |_המאמר מצוין |_האתר שלך |_سایت شما |_artikel bagus
    """,
}
